"""What people ask a running daemon: ls, df, pin, rm, gc."""

import json
import subprocess

from laboratory import REFERENCE, LaboratoryTest, blob_path, manifest_path
from lab.process import our_environment
from lab.shoal import ADMIN_PORT, shoal_binary
from lab.small_image import TAG


class InventoryTest(LaboratoryTest):
    def setUp(self) -> None:
        registry = self.start_registry()
        self.shoal = self.start_shoal(registry.url)
        for reference in (TAG, self.image.manifest_digest("amd64")):
            self.assertEqual(self.shoal.get(manifest_path(reference))[0], 200)
        for digest in self.image.blobs():
            self.assertEqual(self.shoal.get(blob_path(digest))[0], 200)

    def ask(self, *arguments: str, status: int = 0) -> str:
        done = subprocess.run([shoal_binary(), *arguments, "--admin-listen",
                               f"{self.shoal.address}:{ADMIN_PORT}"],
                              check=False, capture_output=True, text=True, timeout=60,
                              env=our_environment())
        self.assertEqual(done.returncode, status, done.stderr)
        return done.stdout if status == 0 else done.stderr

    def images(self) -> list[dict[str, object]]:
        return json.loads(self.ask("ls", "--json"))["images"]

    def test_an_image_is_listed_pinned_kept_and_removed(self) -> None:
        self.assertIn(REFERENCE, self.ask("ls"))
        self.assertGreaterEqual(len(self.ask("ls", "--blobs").splitlines()),
                                1 + len(self.image.layers()))
        self.assertIn("pinned:", self.ask("pin", REFERENCE))
        self.assertTrue(self.images()[0]["pinned"])
        before = self.shoal.metric("shoal_store_blobs")
        self.ask("gc", "--all")
        self.assertEqual(self.shoal.metric("shoal_store_blobs"), before)
        self.assertIn("unpin it first", self.ask("rm", REFERENCE, status=1))
        self.ask("unpin", REFERENCE)
        self.assertIn("removed", self.ask("rm", REFERENCE))
        self.assertEqual(self.images(), [])
        self.assertEqual(self.shoal.metric("shoal_store_blobs"), 0)

    def test_df_knows_the_disk_and_gc_all_empties_the_store(self) -> None:
        space = json.loads(self.ask("df", "--json"))
        self.assertGreaterEqual(space["occupied"], sum(self.image.layers().values()))
        self.assertIn("may be evicted", self.ask("df"))
        self.ask("gc", "--all")
        self.assertEqual(json.loads(self.ask("df", "--json"))["occupied"], 0)

    def test_mistakes_and_a_daemon_that_is_not_there_are_one_line(self) -> None:
        self.assertEqual(len(self.ask("pin", "nothing:1", status=1).splitlines()), 1)
        self.assertEqual(len(self.ask("rm", "NOT AN IMAGE", status=1).splitlines()), 1)
        self.shoal.stop()
        self.assertIn("does not answer", self.ask("ls", status=1))

