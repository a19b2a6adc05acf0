"""From the command line to the last line of output."""

import argparse
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from lab.errors import LabError
from lab.terminal import Terminal
from swarmlab.as_json import json_of
from swarmlab.figures import Figures
from swarmlab.options import TABLE_NAME, parse_options, plans_of
from swarmlab.plan import Plan
from swarmlab.report import html_of
from swarmlab.runner import execute
from swarmlab.summary import markdown_table, summary_line

EXIT_FAILED = 1
EXIT_INTERRUPTED = 130
PROGRAMS = ("ip", "tc", "nsenter", "nginx", "curl", "openssl")


def main(arguments: Sequence[str]) -> int:
    options = parse_options(arguments)
    terminal = Terminal()
    runs: list[Figures] = []
    try:
        require_means()
        for plan in plans_of(options):
            for number in range(options.runs):
                runs.append(_run(plan, options, terminal, number))
        if options.scenario == TABLE_NAME:
            print(markdown_table(runs), flush=True)
        return 0 if all(figures.are_verified for figures in runs) else EXIT_FAILED
    except LabError as error:
        terminal.failure(f"swarm: {error}")
        return EXIT_FAILED
    except KeyboardInterrupt:
        terminal.failure("swarm: interrupted; everything is cleaned up")
        return EXIT_INTERRUPTED
    finally:
        # What was measured before something went wrong is worth keeping.
        _write_outputs(options, runs, terminal)


def require_means() -> None:
    """Root and the programs, or LabError in plain words."""
    if os.geteuid() != 0:
        raise LabError("must run as root: it makes network namespaces with links of their own")
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    if missing:
        raise LabError(f"not installed: {', '.join(missing)}; run scripts/install-dependencies")


def _run(plan: Plan, options: argparse.Namespace, terminal: Terminal, number: int) -> Figures:
    logs = _logs_folder(options, plan, number)
    figures = execute(plan, terminal, logs, is_verbose=options.verbose)
    terminal.text(summary_line(figures))
    for node in figures.nodes:
        if node.error:
            terminal.failure(f"  {node.name}: {node.error}")
    return figures


def _logs_folder(options: argparse.Namespace, plan: Plan, number: int) -> Path | None:
    folder = options.keep_logs
    if folder is not None and options.scenario == TABLE_NAME:
        rate = plan.links.upstream or 0
        folder = folder / f"{plan.scenario}-{plan.nodes}-{rate // 1_000_000}"
    return folder / f"run-{number + 1}" if folder is not None and options.runs > 1 else folder


def _write_outputs(options: argparse.Namespace, runs: Sequence[Figures], terminal: Terminal) -> None:
    for path, text_of in ((options.json, json_of), (options.report, html_of)):
        if path is not None and runs:
            path.write_text(text_of(runs))
            terminal.line("written", str(path))
