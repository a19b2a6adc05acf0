"""Sizes and rates as people write them, and back."""

import re

BYTES = {"": 1, "B": 1, "KIB": 1 << 10, "MIB": 1 << 20, "GIB": 1 << 30, "KB": 10**3, "MB": 10**6,
         "GB": 10**9}
# A bare number is Mbit/s, as links are sold.
RATES = {"": 10**6, "KBIT": 10**3, "MBIT": 10**6, "GBIT": 10**9}


def parse_bytes(text: str) -> int:
    """'128MiB' -> 134217728; ValueError for what is no size, or none at all."""
    return _parse(text, BYTES, "a size like 128MiB")


def parse_rate(text: str) -> int | None:
    """'25' or '25mbit' -> 25,000,000 bits a second; 'none' -> None, a link without a limit."""
    if text.lower() == "none":
        return None
    return _parse(text, RATES, "a rate like 25mbit, or none")


def _parse(text: str, units: dict[str, int], wanted: str) -> int:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([A-Za-z]*)", text.strip())
    factor = units.get(match.group(2).upper()) if match else None
    value = round(float(match.group(1)) * factor) if match and factor else 0
    if value <= 0:
        raise ValueError(f"{text!r} is not {wanted}")
    return value


def show_bytes(count: float) -> str:
    for unit, factor in (("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)):
        if count >= factor:
            value = count / factor
            return f"{value:.3g} {unit}" if value < 999.5 else f"{value:.0f} {unit}"
    return f"{count:.0f} B"


def show_mebibytes(count: float) -> str:
    return f"{count:g} MiB"


def show_rate(bits_per_second: float | None) -> str:
    return "unshaped" if bits_per_second is None else f"{bits_per_second / 1e6:.4g} Mbit/s"
