"""Members exchange blobs, strangers get nothing: the real daemon with real certificates."""

import shutil
import socket
import time
from pathlib import Path

from laboratory import REFERENCE, LaboratoryTest, blob_path
from lab.authority import Authority
from lab.cluster import NOWHERE, REGISTRY_NAME, Node
from lab.shoal import SWARM_PORT, Shoal
from lab.waiting import wait_until

STRANGER_HOST = 31
TAKEN_UP = "took up new certificates"


class TrustTest(LaboratoryTest):
    def test_members_exchange_an_image_by_tls(self) -> None:
        registry = self.start_registry()
        first, second = self.start_nodes(2, registry.url)
        first.containerd.fetch(REFERENCE)
        mark = registry.mark()
        second.containerd.fetch(REFERENCE)
        self.require_image(second)
        self.assertEqual(registry.sent_blob_bytes(mark), 0)
        for node in (first, second):
            ends = node.shoal.metric("shoal_tls_certificate_expiry_timestamp_seconds")
            self.assertGreater(ends, time.time())
            self.assertEqual(node.shoal.metric("shoal_tls_handshake_failures_total"), 0)
            self.assertNotIn("not encrypted", node.shoal.log_file.read_text())

    def test_plaintext_works_and_is_loud(self) -> None:
        registry = self.start_registry()
        first, second = self.start_nodes(2, registry.url, plaintext=True)
        first.containerd.fetch(REFERENCE)
        mark = registry.mark()
        second.containerd.fetch(REFERENCE)
        self.require_image(second)
        self.assertEqual(registry.sent_blob_bytes(mark), 0)
        self.assertIn("not encrypted", first.shoal.log_file.read_text())

    def test_node_of_another_authority_gets_nothing(self) -> None:
        registry = self.start_registry()
        members = self.start_nodes(2, registry.url)
        members[0].containerd.fetch(REFERENCE)
        stranger = self.start_stranger(members)
        members[0].shoal.wait_for_metric("shoal_tls_handshake_failures_total", 1)
        stranger.wait_for_metric("shoal_tls_handshake_failures_total", 1)
        status, _, _ = stranger.get(blob_path(self.largest_layer()))
        self.assertIn(status, (404, 503))
        self.assertEqual(stranger.received_bytes("peer"), 0)
        self.assertEqual(stranger.metric("shoal_peers"), 0)
        for member in members:
            self.assertEqual(member.shoal.metric("shoal_peers"), 1)

    def test_connection_without_tls_is_closed_without_a_byte_of_bittorrent(self) -> None:
        registry = self.start_registry()
        [node] = self.start_nodes(1, registry.url)
        with socket.create_connection((node.shoal.address, SWARM_PORT), timeout=10) as visitor:
            visitor.sendall(b"\x13BitTorrent protocol" + bytes(48))
            received = visitor.recv(1000)
        self.assertNotIn(b"BitTorrent", received)
        node.shoal.wait_for_metric("shoal_tls_handshake_failures_total", 1)

    def test_authority_is_replaced_while_the_daemons_run(self) -> None:
        registry = self.start_registry()
        first, second = nodes = self.start_nodes(2, registry.url)
        first.containerd.fetch(REFERENCE)
        old = (self.workspace.folder / "authority" / "ca.pem").read_text()
        new = Authority.make(self.workspace.folder / "new-authority")
        for node in nodes:
            self.replace(node, "ca.pem", old + (new.folder / "ca.pem").read_text())
        self.wait_until_taken_up(nodes, 1)
        for node in nodes:
            issued = new.issue(self.workspace.folder / f"new-{node.name}", node.name)
            # Between the two the files do not fit together.
            for name in ("node.pem", "node.key"):
                self.replace(node, name, (issued / name).read_text())
        self.wait_until_taken_up(nodes, 2)
        for node in nodes:
            self.replace(node, "ca.pem", (new.folder / "ca.pem").read_text())
        self.wait_until_taken_up(nodes, 3)
        mark = registry.mark()
        second.containerd.fetch(REFERENCE)
        self.require_image(second)
        self.assertEqual(registry.sent_blob_bytes(mark), 0)

    def test_broken_certificate_is_named_and_the_old_one_stays(self) -> None:
        registry = self.start_registry()
        first, second = self.start_nodes(2, registry.url)
        first.containerd.fetch(REFERENCE)
        self.replace(first, "node.pem", "not a certificate\n")
        log = first.shoal.log_file
        wait_until("the broken file to be named", lambda: "stays in force" in log.read_text())
        self.assertIn(str(first.shoal.tls / "node.pem"), log.read_text())
        mark = registry.mark()
        second.containerd.fetch(REFERENCE)
        self.require_image(second)
        self.assertEqual(registry.sent_blob_bytes(mark), 0)

    def start_stranger(self, members: list[Node]) -> Shoal:
        """A daemon of another authority, with the members' cluster name and addresses."""
        folder = self.workspace.folder / "stranger"
        authority = Authority.make(folder / "authority")
        member = members[0].shoal
        stranger = Shoal(folder / "shoal", self.subnet[STRANGER_HOST],
                         {REGISTRY_NAME: {"url": NOWHERE}}, cluster=member.cluster,
                         peers=[node.shoal.swarm_host for node in members],
                         tls=authority.issue(folder / "tls", "node-1"))
        self.daemons.append(self.workspace.stopping(stranger).start())
        return stranger

    @staticmethod
    def replace(node: Node, name: str, text: str) -> None:
        """As a person does it who is careful: the new file is whole when it takes the old one's place."""
        file: Path = node.shoal.tls / name
        new = file.with_suffix(".new")
        new.write_text(text)
        shutil.copymode(file, new)
        new.rename(file)

    @staticmethod
    def wait_until_taken_up(nodes: list[Node], times: int) -> None:
        for node in nodes:
            log = node.shoal.log_file
            wait_until(f"{node.name} to take up new files for the {times}. time",
                       lambda log=log: log.read_text().count(TAKEN_UP) >= times)
