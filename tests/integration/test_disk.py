"""A disk that is small, full or gone: clients are served all the same. Needs root: it mounts a tmpfs."""

import concurrent.futures
import hashlib
import json
import shutil
import subprocess
import unittest
import urllib.error
import urllib.request
from pathlib import Path

from laboratory import LaboratoryTest, blob_path, manifest_path
from lab.shoal import Shoal
from lab.small_image import TAG
from lab.waiting import wait_until

MIB = 1 << 20
HOLD_AFTER_BYTES = 2_000_000
# The first probe comes with the next round of housekeeping, later ones ever less often.
RECOVERY_SECONDS_MAX = 60.0


class DiskTest(LaboratoryTest):
    def mount_disk(self, mebibytes: int) -> None:
        """The next daemon's data folder is on a disk of its own."""
        disk = self.workspace.folder / "shoal" / "data"
        disk.mkdir(parents=True)
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={mebibytes}m", "tmpfs", disk],
                                 check=False, capture_output=True, text=True)
        if mounted.returncode != 0:
            raise unittest.SkipTest(f"no file system can be mounted here: {mounted.stderr.strip()}")

    def require_layers(self, shoal: Shoal) -> None:
        """All layers arrive whole, whether they are stored or not."""
        self.assertEqual(shoal.get(manifest_path(TAG))[0], 200)
        for digest in self.image.layers():
            status, _, body = shoal.get(blob_path(digest))
            self.assertEqual(status, 200, digest)
            self.assertEqual(f"sha256:{hashlib.sha256(body).hexdigest()}", digest)

    def test_a_disk_that_is_too_small_holds_what_fits_and_no_more(self) -> None:
        self.mount_disk(8)
        registry = self.start_registry()
        shoal = self.start_shoal(registry.url, store={"min_free": "1MiB"})
        for _ in range(3):
            self.require_layers(shoal)
        self.assertGreaterEqual(free_bytes(shoal.data_folder), 0.9 * MIB)
        self.assertEqual(shoal.metric("shoal_store_errors_total"), 0)
        self.assertIsNone(trouble(shoal))
        self.assertGreater(shoal.metric("shoal_passages_total", reason="room")
                           + shoal.metric("shoal_evicted_blobs_total", reason="room"), 0)

    def test_a_disk_that_fills_up_in_the_middle_breaks_no_answer(self) -> None:
        self.mount_disk(32)
        digest = self.largest_layer()
        front = self.start_front(self.start_registry())
        front.faults.hold_after_bytes = HOLD_AFTER_BYTES
        shoal = self.start_shoal(front.url, log={"format": "json"}, store={"min_free": "0"})
        foreign = shoal.data_folder / "foreign"
        with concurrent.futures.ThreadPoolExecutor() as clients:
            answer = clients.submit(shoal.get, blob_path(digest))
            shoal.wait_for_metric("shoal_received_bytes_total", HOLD_AFTER_BYTES * 0.5,
                                  source="upstream")
            fill(foreign)
            front.release()
            status, _, body = answer.result(timeout=60)
        self.assertEqual(status, 200)
        self.assertEqual(f"sha256:{hashlib.sha256(body).hexdigest()}", digest)
        self.assertEqual(shoal.metric("shoal_passages_total", reason="disk"), 1)
        self.require_layers(shoal)
        foreign.unlink()
        wait_until("the daemon to be ready again", lambda: trouble(shoal) is None,
                   RECOVERY_SECONDS_MAX)
        self.require_layers(shoal)
        self.assertGreaterEqual(shoal.metric("shoal_store_blobs"), len(self.image.layers()))
        self.require_said_once(shoal)

    def test_a_data_folder_that_is_removed_is_made_anew(self) -> None:
        registry = self.start_registry()
        shoal = self.start_shoal(registry.url, log={"format": "json"})
        self.require_layers(shoal)
        shutil.rmtree(shoal.data_folder)
        self.require_layers(shoal)
        wait_until("the folder to be made anew", (shoal.data_folder / "FORMAT").exists,
                   RECOVERY_SECONDS_MAX)
        wait_until("the daemon to be ready again", lambda: trouble(shoal) is None,
                   RECOVERY_SECONDS_MAX)
        self.require_layers(shoal)
        self.assertGreaterEqual(shoal.metric("shoal_store_blobs"), len(self.image.layers()))
        self.require_said_once(shoal)

    def test_while_the_data_folder_is_away_the_daemon_says_so_and_serves(self) -> None:
        registry = self.start_registry()
        shoal = self.start_shoal(registry.url, log={"format": "json"})
        self.require_layers(shoal)
        away = shoal.folder / "away"
        shoal.data_folder.rename(away)
        shoal.data_folder.mkdir()
        (shoal.data_folder / "holiday.jpg").write_text("precious")
        wait_until("the daemon to notice", lambda: trouble(shoal) is not None, RECOVERY_SECONDS_MAX)
        self.assertIn("nothing is stored", trouble(shoal) or "")
        self.assertIn(str(shoal.data_folder), trouble(shoal) or "")
        self.assertEqual(shoal.metric("shoal_store_trouble"), 1)
        for _ in range(3):
            self.require_layers(shoal)
        self.assertEqual([entry.name for entry in shoal.data_folder.iterdir()], ["holiday.jpg"])
        shutil.rmtree(shoal.data_folder)
        away.rename(shoal.data_folder)
        wait_until("the daemon to be ready again", lambda: trouble(shoal) is None,
                   RECOVERY_SECONDS_MAX)
        registry.stop()
        for digest in self.image.layers():
            self.assertEqual(shoal.get(blob_path(digest))[2], self.blob(digest))
        self.require_said_once(shoal)

    def require_said_once(self, shoal: Shoal) -> None:
        lines = [json.loads(line) for line in shoal.log_file.read_text().splitlines()]
        said = [line for line in lines if "the disk fails" in line["msg"]]
        ended = [line for line in lines if "the disk works again" in line["msg"]]
        self.assertEqual(len(said), len(ended), said)
        self.assertGreaterEqual(len(said), 1)
        self.assertLessEqual(len(said), 3, "it is said when it begins, not for each request")
        loud = [line for line in lines if line["level"] in ("warning", "warn", "error")]
        self.assertLess(len(loud), 10, loud)


def trouble(shoal: Shoal) -> str | None:
    """What /readyz complains of."""
    try:
        with urllib.request.urlopen(f"{shoal.admin_url}/readyz", timeout=5):
            return None
    except urllib.error.HTTPError as error:
        return error.read().decode()


def free_bytes(folder: Path) -> int:
    return shutil.disk_usage(folder).free


def fill(path: Path) -> None:
    """Somebody else takes all that is left of the disk."""
    with path.open("ab", buffering=0) as file:
        for size in (MIB, 4096, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                pass
