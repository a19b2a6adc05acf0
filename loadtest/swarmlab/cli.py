"""The command line."""

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from lab.errors import LabError
from lab.terminal import Terminal
from swarmlab.bound import Links
from swarmlab.content import mixed_sizes
from swarmlab.figures import summary_line
from swarmlab.plan import Plan
from swarmlab.presets import PRESETS
from swarmlab.runner import execute
from swarmlab.units import parse_bytes, parse_rate

EXIT_FAILED = 1
EXIT_INTERRUPTED = 130


def parser() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(
        prog="loadtest/swarm", description="Lets many nodes, each behind a link of its own, pull an "
        "image at once, and says how close they came to what the links allow.")
    options.add_argument("scenario", choices=sorted(PRESETS), help="what happens; see loadtest/README.md")
    options.add_argument("--nodes", type=int, help="how many")
    options.add_argument("--size", type=_typed(parse_bytes), metavar="BYTES", help="of the image: 128MiB")
    options.add_argument("--link", type=_typed(parse_rate), metavar="RATE", default=0,
                         help="of each node, each way: 50mbit, or none")
    options.add_argument("--upstream", type=_typed(parse_rate), metavar="RATE", default=0,
                         help="of the registry's link: 25mbit, or none")
    options.add_argument("--parallel", type=int, help="layers that a client pulls at a time")
    options.add_argument("--seed", type=int, default=1, help="of contents and of chance (default: 1)")
    options.add_argument("--baseline", action="store_true", help="without Shoal: straight to the registry")
    options.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", dest="settings",
                         help="a further setting of the daemons; may be repeated")
    options.add_argument("--runs", type=int, default=1, metavar="N", help="repeats it")
    options.add_argument("--timeout", type=float, metavar="SECONDS", help="for the clients of one run")
    options.add_argument("--folder", type=Path, metavar="DIR",
                         help="for the run's files (default: memory if they fit, else where temporary "
                              "files go)")
    options.add_argument("--keep-logs", type=Path, metavar="DIR", help="copies all logs there")
    return options


def plan_of(options: argparse.Namespace) -> Plan:
    preset = PRESETS[options.scenario]
    size = options.size or preset.size_bytes
    has_layers = len(preset.layer_bytes) > 1
    return replace(
        preset, nodes=options.nodes or preset.nodes,
        layer_bytes=mixed_sizes(size) if has_layers else [size],
        links=Links(preset.links.node if options.link == 0 else options.link,
                    preset.links.upstream if options.upstream == 0 else options.upstream),
        parallel=options.parallel or preset.parallel, seed=options.seed, is_baseline=options.baseline,
        settings=options.settings, timeout_seconds=options.timeout, data_folder=options.folder)


def main(arguments: Sequence[str]) -> int:
    options = parser().parse_args(arguments)
    terminal = Terminal()
    try:
        require_root()
        is_good = True
        for number in range(options.runs):
            logs = options.keep_logs / str(number + 1) if options.keep_logs and options.runs > 1 \
                else options.keep_logs
            figures = execute(plan_of(options), terminal, logs)
            terminal.text(summary_line(figures))
            is_good = is_good and figures.are_verified
            for node in figures.nodes:
                if node.error:
                    terminal.failure(f"{node.name}: {node.error}")
        return 0 if is_good else EXIT_FAILED
    except LabError as error:
        terminal.failure(f"swarm: {error}")
        return EXIT_FAILED
    except KeyboardInterrupt:
        terminal.failure("swarm: interrupted; everything is cleaned up")
        return EXIT_INTERRUPTED


def require_root() -> None:
    if os.geteuid() != 0:
        raise LabError("must run as root: it makes network namespaces")


def _typed(parse):
    def convert(text: str):
        try:
            return parse(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from error
    return convert


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
