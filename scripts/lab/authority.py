"""The authority of a laboratory's cluster, made as a person makes one: with `shoal pki`."""

from dataclasses import dataclass
from pathlib import Path

from lab.process import run
from lab.shoal import shoal_binary


@dataclass(frozen=True)
class Authority:
    folder: Path

    @classmethod
    def make(cls, folder: Path) -> "Authority":
        run([shoal_binary(), "pki", "init", "--out", folder, "--days", "2"])
        return cls(folder)

    def issue(self, folder: Path, node: str) -> Path:
        """A node's files: ca.pem, node.pem, node.key, cluster.key. Returns their folder."""
        run([shoal_binary(), "pki", "issue", "--ca", self.folder, "--out", folder, "--node", node,
             "--days", "1"])
        return folder
