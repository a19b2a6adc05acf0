"""scripts/crash-test: see there."""

import argparse
import random
import sys

from lab.crash import CrashTest, run_rounds
from lab.errors import LabError
from lab.workspace import Workspace

SAY_EVERY = 20


def say(test: CrashTest) -> None:
    if test.tally.rounds % SAY_EVERY == 0:
        print(f"  {test.tally}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/crash-test")
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    options = parser.parse_args()
    print(f"  seed           {options.seed}", flush=True)
    with Workspace("crash") as workspace:
        try:
            print(f"  {run_rounds(workspace, options.rounds, options.seed, say)}")
        except LabError as error:
            print(f"  LOST: {error}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
