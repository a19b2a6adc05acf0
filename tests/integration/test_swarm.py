"""Many nodes at once, in network namespaces of their own: small runs of loadtest/swarm.

Nothing here looks at time: how quick a swarm is says the load test itself, on a quiet machine.
"""

import json
import signal
import subprocess
import tempfile
import unittest
from pathlib import Path

from lab import REPOSITORY

# Every byte once is the aim; a busy machine makes members go upstream twice for some.
UPSTREAM_COPIES_MAX = 1.5
RUN_SECONDS_MAX = 400
INTERRUPTED = 130


class SwarmTest(unittest.TestCase):
    def run_swarm(self, scenario: str, *options: str) -> dict:
        """The figures of one run that succeeded."""
        with tempfile.TemporaryDirectory() as folder:
            figures = Path(folder) / "figures.json"
            report = Path(folder) / "report.html"
            done = subprocess.run(
                [REPOSITORY / "loadtest/swarm", scenario, "--json", figures, "--report", report, *options],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                timeout=RUN_SECONDS_MAX, check=False)
            self.assertEqual(done.returncode, 0, done.stdout)
            self.assertTrue(report.read_text().endswith("</html>\n"))
            return json.loads(figures.read_text())["runs"][0]

    def assert_everybody_has_it(self, run: dict) -> None:
        for member in run["members"]:
            self.assertTrue(member["verified"], member)
            self.assertGreaterEqual(member["timeline"][-1][1], run["content_bytes"])
        self.assertTrue(run["verified"])
        self.assertGreaterEqual(run["upstream_copies"], 1.0)
        self.assertLess(run["upstream_copies"], UPSTREAM_COPIES_MAX)

    def test_flash_crowd_costs_the_registry_about_one_copy(self):
        run = self.run_swarm("flash", "--nodes", "6", "--size", "16MiB")
        self.assertEqual(len(run["members"]), 6)
        self.assert_everybody_has_it(run)

    def test_nodes_that_are_killed_come_back_and_finish(self):
        run = self.run_swarm("churn", "--nodes", "6", "--size", "16MiB")
        self.assert_everybody_has_it(run)
        self.assertTrue(any("killed" in event for event in run["events"]), run["events"])

    def test_an_interrupted_run_leaves_nothing_behind(self):
        run = subprocess.Popen([REPOSITORY / "loadtest/swarm", "flash", "--nodes", "3", "--size", "64MiB"],
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        with run:
            for line in run.stdout:
                if "know each other" in line:
                    run.send_signal(signal.SIGINT)
            self.assertEqual(run.wait(60), INTERRUPTED)
        self.assertEqual(list(Path("/run/netns").glob(f"swarm-{run.pid}-*")), [])


if __name__ == "__main__":
    unittest.main()
