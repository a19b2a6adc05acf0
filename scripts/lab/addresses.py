"""Loopback addresses and ports of a laboratory's own."""

import itertools
import random
import socket
from collections.abc import Iterable

from lab.errors import LabError

# What a laboratory that was left running holds, at one address or another.
PROBE_PORTS = (5000, 5051)
PROBE_HOSTS = range(10, 15)


def free_port(address: str) -> int:
    """A port that nobody listens on at this address now."""
    with socket.socket() as probe:
        probe.bind((address, 0))
        return probe.getsockname()[1]


class Subnet:
    """A /24 of 127.0.0.0/8 that no other laboratory of this machine uses, as long as this lives."""

    def __init__(self, prefixes: Iterable[str] | None = None) -> None:
        """Takes the first of these that is free; some one if not told."""
        for prefix in prefixes or _random_prefixes():
            reservation = _reserve(prefix)
            if reservation and _is_unused(prefix):
                self.prefix = prefix
                self._reservation = reservation
                return
        raise LabError("no free loopback addresses left")

    def __getitem__(self, host: int) -> str:
        return f"{self.prefix}.{host}"

    @classmethod
    def lowest(cls) -> "Subnet":
        """Pleasant to read and to type."""
        return cls(f"127.0.{third}" for third in range(256))


def _random_prefixes() -> Iterable[str]:
    generator = random.Random()
    return (f"127.{generator.randrange(1, 255)}.{generator.randrange(1, 255)}"
            for _ in itertools.repeat(None, 100))


def _reserve(prefix: str) -> socket.socket | None:
    """A name that only one process of the machine can hold, and that goes when the process does."""
    reservation = socket.socket(socket.AF_UNIX)
    try:
        reservation.bind(f"\0shoal-laboratory-{prefix}")
    except OSError:
        reservation.close()
        return None
    return reservation


def _is_unused(prefix: str) -> bool:
    """Asks for the ports themselves: a laboratory may outlive the process that made it."""
    return all(_is_free(f"{prefix}.{host}", port) for host in PROBE_HOSTS for port in PROBE_PORTS)


def _is_free(address: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError:
            return False
    return True
