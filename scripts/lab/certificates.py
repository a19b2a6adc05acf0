"""Keys and certificates for a laboratory's servers, made with openssl."""

from dataclasses import dataclass
from pathlib import Path

from lab.process import run


@dataclass(frozen=True)
class Certificate:
    """A key and a certificate that vouches for itself."""

    key: Path
    certificate: Path


def make_certificate(folder: Path, name: str, address: str) -> Certificate:
    """A certificate for `address`, good for a day."""
    made = Certificate(folder / f"{name}.key", folder / f"{name}.pem")
    run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1",
         "-subj", f"/CN={name}", "-addext", f"subjectAltName=IP:{address}",
         "-keyout", made.key, "-out", made.certificate])
    return made
