"""Reads Prometheus's text format, as far as Shoal uses it, and the table that documents it."""

import re
from dataclasses import dataclass, field
from pathlib import Path

TYPE = re.compile(r"^# TYPE (\S+) (\S+)$")
SAMPLE = re.compile(r"^([a-zA-Z_:][\w:]*?)(?:\{(.*)\})? \S+$")
LABEL = re.compile(r'(\w+)="(?:[^"\\]|\\.)*"')
ROW = re.compile(r"^\| `(\w+)` \| (\w+) \| ([^|]*)\| ([^|]+) \|$", re.MULTILINE)
# What a histogram adds to its name, and to its labels.
SUFFIX = re.compile(r"_(bucket|sum|count)$")


@dataclass
class Family:
    type: str
    labels: set[str] = field(default_factory=set)
    conditional: bool = False  # "Only once ...": not exported before something has happened


def exported(text: str) -> dict[str, Family]:
    families: dict[str, Family] = {}
    for line in text.splitlines():
        if found := TYPE.match(line):
            families[found[1]] = Family(found[2])
        elif found := SAMPLE.match(line):
            name = found[1] if found[1] in families else SUFFIX.sub("", found[1])
            families[name].labels |= set(LABEL.findall(found[2] or "")) - {"le"}
    return families


def described(families: dict[str, Family]) -> list[str]:
    """A line for each, to compare."""
    return [f"{name} {family.type} {sorted(family.labels)}" for name, family in sorted(families.items())]


def documented(page: Path) -> dict[str, Family]:
    rows = ROW.findall(page.read_text())
    return {name: Family(kind, set(re.findall(r"\w+", labels)), "Only once" in meaning)
            for name, kind, labels, meaning in rows}
