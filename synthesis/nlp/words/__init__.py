"""Word lists kept as text: one file a list, entries between commas, lines that start with # are remarks."""

from functools import cache
from pathlib import Path


@cache
def load(name: str) -> frozenset[str]:
    """The entries of `name`.txt, lower-cased."""
    lines = Path(__file__).with_name(f"{name}.txt").read_text(encoding="utf-8").splitlines()
    text = ",".join(line for line in lines if not line.startswith("#"))
    return frozenset(entry.strip().lower() for entry in text.split(",") if entry.strip())
