"""Loopback addresses and ports of a laboratory's own."""

import os
import random
import socket
from collections.abc import Iterator

from lab.errors import LabError

PROBE_PORT = 5051


def _is_free(address: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError:
            return False
    return True


def free_port(address: str) -> int:
    """A port that nobody listens on at this address now."""
    with socket.socket() as probe:
        probe.bind((address, 0))
        return probe.getsockname()[1]


class Subnet:
    """A /24 of 127.0.0.0/8 that no other laboratory of this machine uses."""

    def __init__(self, prefix: str | None = None) -> None:
        self.prefix = prefix or self._pick()

    def __getitem__(self, host: int) -> str:
        return f"{self.prefix}.{host}"

    @classmethod
    def first_free(cls, hosts: Iterator[int] | range) -> "Subnet":
        """The lowest one where these hosts are unused: pleasant to read and to type."""
        for third in range(256):
            subnet = cls(f"127.0.{third}")
            if all(_is_free(subnet[host], PROBE_PORT) for host in hosts):
                return subnet
        raise LabError("no free loopback addresses left")

    @staticmethod
    def _pick() -> str:
        # The process id keeps laboratories that run at the same time apart; the rest is chance.
        generator = random.Random()
        for _ in range(100):
            prefix = f"127.{1 + os.getpid() % 254}.{generator.randrange(1, 255)}"
            if _is_free(f"{prefix}.1", PROBE_PORT):
                return prefix
        raise LabError("no free loopback addresses left")
