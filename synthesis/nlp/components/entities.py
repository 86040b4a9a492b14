"""Patterns for spaCy's entity ruler from the words of the programme and its questions."""

from collections.abc import Iterable
from typing import Any, cast

from spacy.language import Language
from spacy.pipeline import EntityRuler


def teach(nlp: Language, vocabulary: Iterable[str | tuple[str, str]]) -> None:
    """Give the ruler the terms: strings (label TERM) or (text, label) pairs, matched in any case.

    Plural and hyphen or space make no difference: "egress cost" finds "Egress costs", "lock-in" finds "lock in".
    """
    ruler = cast(EntityRuler, dict(nlp.components)["entity_ruler"])
    ruler.clear()
    patterns: dict[str, dict[str, Any]] = {}
    for item in vocabulary:
        text, label = (item, "TERM") if isinstance(item, str) else item
        for form in _forms(" ".join(text.split())):
            patterns.setdefault(form.lower(), {"label": label, "pattern": form, "id": text})
    ruler.add_patterns(list(patterns.values()))
    # an empty ruler would warn at every document
    (nlp.enable_pipe if patterns else nlp.disable_pipe)("entity_ruler")


def _forms(text: str) -> list[str]:
    if not text:
        return []
    forms = {text, text.replace("-", " "), text.replace("-", "")} if "-" in text else {text}
    if text[-1].isalpha() and not text.isupper():
        forms |= {f + "s" for f in forms if not f.endswith("s")} | {
            f[:-1] for f in forms if f.endswith("s") and not f.endswith("ss")
        }
    return sorted(forms)
