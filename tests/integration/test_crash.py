"""A daemon that is killed under load keeps what it promised. `scripts/crash-test` does many more rounds."""

import random
import unittest

from lab.addresses import Subnet
from lab.crash import REGISTRY_NAME, REPOSITORY, Images, run_rounds
from lab.scripted_registry import ScriptedRegistry
from lab.shoal import Shoal
from lab.workspace import Workspace

ROUNDS = 20
SEED = 20


class CrashTest(unittest.TestCase):
    def test_nothing_is_lost_and_nothing_is_wrong(self) -> None:
        with Workspace("test") as workspace:
            subnet = Subnet()
            images = Images.make(random.Random(SEED))
            registry = workspace.stopping(ScriptedRegistry(subnet[10], {REPOSITORY: images.content}))
            shoal = workspace.stopping(Shoal(workspace.folder / "shoal", subnet[11],
                                             {REGISTRY_NAME: {"url": registry.url}},
                                             upstream={"access": "off"}))
            tally = run_rounds(shoal, registry, images, ROUNDS, SEED)
            print(tally)
            self.assertGreater(tally.blobs_checked, 0)
            self.assertGreater(tally.pulls, 0)
            self.assertGreater(tally.pins, 0)
            self.assertGreater(tally.cut_off, 0)
