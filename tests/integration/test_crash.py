"""A daemon that is killed under load keeps what it promised. `scripts/crash-test` does many more rounds."""

import unittest

from lab.crash import run_rounds
from lab.workspace import Workspace

ROUNDS = 20
SEED = 20


class CrashTest(unittest.TestCase):
    def test_nothing_is_lost_and_nothing_is_wrong(self) -> None:
        with Workspace("test") as workspace:
            tally = run_rounds(workspace, ROUNDS, SEED)
            print(tally)
            self.assertGreater(tally.blobs_checked, 0)
            self.assertGreater(tally.pulls, 0)
            self.assertGreater(tally.pins, 0)
            self.assertGreater(tally.cut_off, 0)
