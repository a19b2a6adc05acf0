"""The daemon starts, serves, drains and ends."""

import concurrent.futures
import hashlib
import json
import signal
import socket
import urllib.request

from laboratory import LaboratoryTest, blob_path, manifest_path
from lab.process import run
from lab.shoal import MIRROR_PORT, shoal_binary
from lab.small_image import TAG
from lab.waiting import wait_until

HOLD_AFTER_BYTES = 2_000_000
NOWHERE = "http://127.0.0.1:9"


class LifecycleTest(LaboratoryTest):
    def test_sigterm_ends_an_idle_daemon_with_status_0(self) -> None:
        shoal = self.start_shoal(NOWHERE)
        self.assertEqual(shoal.stop(), 0)

    def test_sigterm_lets_an_answer_finish_and_takes_no_new_ones(self) -> None:
        digest = self.largest_layer()
        registry = self.start_registry()
        front = self.start_front(registry)
        front.faults.hold_after_bytes = HOLD_AFTER_BYTES
        shoal = self.start_shoal(front.url)
        with concurrent.futures.ThreadPoolExecutor() as clients:
            answer = clients.submit(shoal.get, blob_path(digest))
            shoal.wait_for_metric("shoal_received_bytes_total", HOLD_AFTER_BYTES * 0.5,
                                  source="upstream")
            process = shoal.process
            assert process
            process.send(signal.SIGTERM)
            wait_until("the mirror's port to close", lambda: not _accepts(shoal.address))
            self.assertIsNone(process.status)
            front.release()
            status, _, body = answer.result(timeout=30)
        self.assertEqual(status, 200)
        self.assertEqual(f"sha256:{hashlib.sha256(body).hexdigest()}", digest)
        self.assertEqual(process.wait(), 0)

    def test_what_was_pulled_is_there_after_a_restart(self) -> None:
        digest = self.largest_layer()
        registry = self.start_registry()
        shoal = self.start_shoal(registry.url)
        self.assertEqual(shoal.get(blob_path(digest))[0], 200)
        self.assertEqual(shoal.stop(), 0)
        registry.stop()
        shoal.start()
        self.assertEqual(shoal.get(blob_path(digest))[2], self.blob(digest))

    def test_each_request_is_one_json_line(self) -> None:
        registry = self.start_registry()
        shoal = self.start_shoal(registry.url, log={"format": "json"})
        self.assertEqual(shoal.get(manifest_path(TAG))[0], 200)
        self.assertEqual(shoal.get(manifest_path("missing"))[0], 404)
        shoal.stop()
        lines = [json.loads(line) for line in shoal.log_file.read_text().splitlines()]
        for path in (f"/manifests/{TAG}", "/manifests/missing"):
            self.assertEqual(sum(path in json.dumps(line) for line in lines), 1, path)

    def test_health_and_metrics_answer_on_the_admin_port(self) -> None:
        registry = self.start_registry()
        shoal = self.start_shoal(registry.url)
        with urllib.request.urlopen(f"{shoal.admin_url}/healthz", timeout=5) as response:
            self.assertEqual(response.status, 200)
        self.assertEqual(shoal.get(blob_path(self.largest_layer()))[0], 200)
        self.assertGreaterEqual(shoal.metric("shoal_upstream_bytes_total"),
                                self.image.layers()[self.largest_layer()])
        self.assertEqual(shoal.metric("shoal_store_blobs"), 1)
        self.assertEqual(shoal.metric("shoal_http_requests_total", kind="blob", code="200"), 1)

    def test_help_and_version_name_the_program(self) -> None:
        self.assertIn("serve", run([shoal_binary(), "--help"]))
        self.assertIn("shoal", run([shoal_binary(), "version"]))


def _accepts(address: str) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((address, MIRROR_PORT)) == 0
