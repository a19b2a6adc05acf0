"""The command line's options, and the plans they make."""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from swarmlab.bound import Links
from swarmlab.content import mixed_sizes
from swarmlab.plan import Plan
from swarmlab.presets import PRESETS, TABLE
from swarmlab.units import parse_bytes, parse_rate

T = TypeVar("T")

# All rows of the README's table, one after the other.
TABLE_NAME = "table"
# The daemon's setting behind --piece.
PIECE_KEY = "swarm.piece_size"


def parse_options(arguments: Sequence[str]) -> argparse.Namespace:
    """Ends the program with a message where they make no sense."""
    parser = argparse.ArgumentParser(
        prog="loadtest/swarm", description="Lets many nodes, each behind a link of its own, pull an image at "
        "once, and says how close they came to what the links allow.")
    parser.add_argument("scenario", choices=[*PRESETS, TABLE_NAME], metavar="SCENARIO",
                        help=f"{', '.join(PRESETS)}; or {TABLE_NAME}: all rows of the README's table, as Markdown")
    _add_shape(parser)
    _add_outputs(parser)
    options = parser.parse_args(arguments)
    if options.scenario == TABLE_NAME and _changes_shape(options):
        parser.error("the table's rows have their own nodes, sizes and links")
    if options.scenario == "poison" and options.baseline:
        parser.error("poison needs a swarm: there is no baseline")
    return options


def _add_shape(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("what is run (default: the scenario's row of the README's table)")
    group.add_argument("--nodes", type=_typed(_parse_count), metavar="N")
    group.add_argument("--size", type=_typed(parse_bytes), metavar="BYTES", help="of the image: 128MiB")
    group.add_argument("--link", type=_typed(parse_links), metavar="RATE",
                       help="of each node, each way: 50mbit, or none")
    group.add_argument("--upstream", type=_typed(parse_links), metavar="RATE",
                       help="of the registry: 25mbit, or none")
    group.add_argument("--piece", type=_typed(parse_bytes), metavar="BYTES",
                       help=f"sets {PIECE_KEY}, where the daemon has it")
    group.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", dest="settings",
                       help="a setting of the daemons; may be repeated")
    group.add_argument("--parallel", type=_typed(_parse_count), metavar="N",
                       help="layers that a client pulls at a time (default: 3, as containerd)")
    group.add_argument("--seed", type=int, help="of contents and of chance")
    group.add_argument("--baseline", action="store_true", help="without Shoal: straight to the registry")
    group.add_argument("--runs", type=_typed(_parse_count), default=1, metavar="N", help="repeats it")
    group.add_argument("--timeout", type=float, metavar="SECONDS", help="for one run (default: by its bound)")


def _add_outputs(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("what comes out")
    group.add_argument("--json", type=Path, metavar="FILE", help="all figures and timelines")
    group.add_argument("--report", type=Path, metavar="FILE.html", help="a page with pictures")
    group.add_argument("--keep-logs", type=Path, metavar="DIR", help="copies all logs there")
    group.add_argument("--verbose", action="store_true", help="also checks a link with curl before the run")
    group.add_argument("--folder", type=Path, metavar="DIR",
                       help="for the run's files (default: memory if they fit, else where temporary files go)")


def plans_of(options: argparse.Namespace) -> list[Plan]:
    """One for each row."""
    presets = TABLE if options.scenario == TABLE_NAME else [PRESETS[options.scenario]]
    return [_plan_of(options, preset) for preset in presets]


def _plan_of(options: argparse.Namespace, preset: Plan) -> Plan:
    layers = preset.layer_bytes
    if options.size:
        layers = mixed_sizes(options.size) if len(layers) > 1 else [options.size]
    settings = [*options.settings, *([f"{PIECE_KEY}={options.piece}"] if options.piece else [])]
    links = Links(options.link.node if options.link else preset.links.node,
                  options.upstream.upstream if options.upstream else preset.links.upstream)
    return replace(
        preset, nodes=options.nodes or preset.nodes, layer_bytes=layers, links=links, settings=settings,
        parallel=options.parallel or preset.parallel, is_baseline=options.baseline,
        seed=preset.seed if options.seed is None else options.seed,
        timeout_seconds=options.timeout, data_folder=options.folder)


def parse_links(text: str) -> Links:
    """One rate, for either kind of link; an object, since None is a rate too."""
    rate = parse_rate(text)
    return Links(rate, rate)


def _changes_shape(options: argparse.Namespace) -> bool:
    return any((options.nodes, options.size, options.link, options.upstream))


def _parse_count(text: str) -> int:
    count = int(text) if text.isascii() and text.isdigit() else 0
    if not 1 <= count <= 1000:
        raise ValueError(f"{text!r} is not a number from 1 to 1000")
    return count


def _typed(parse: Callable[[str], T]) -> Callable[[str], T]:
    """argparse drops the text of a ValueError."""
    def convert(text: str) -> T:
        try:
            return parse(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from error
    return convert
