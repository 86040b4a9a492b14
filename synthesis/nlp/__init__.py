"""Tagging of transcripts against key questions. Pure Python: it knows no web framework and no database.

The names below are loaded when first used, so that `import synthesis.nlp` stays cheap for a web process.
"""

from importlib import import_module
from typing import Any

_WHERE = {
    "Turn": "shapes",
    "Question": "shapes",
    "Suggestion": "shapes",
    "Tagging": "shapes",
    "Tagger": "tagger",
    "build_encoder": "graph",
}
__all__ = ["Question", "Suggestion", "Tagger", "Tagging", "Turn", "build_encoder"]


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)
