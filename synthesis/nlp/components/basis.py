"""How the speaker knows it: seen at first hand, heard from others, held as an opinion, or imagined."""

import re
from dataclasses import dataclass

from spacy.language import Language
from spacy.tokens import Doc, Span

from synthesis.nlp import words
from synthesis.nlp.components.cues import longest, phrase_matcher

KEY = "basis"
LISTS = {
    "second-hand": "heard",
    "opinion": "thought",
    "hypothetical": "imagined",
    "first-hand": "own",
    "none": "not_imagined",
}
DEEDS, THINKING, HABITS, BETWEEN = (words.load(name) for name in ("deeds", "thinking", "habits", "between"))
PRIORITY = ("second-hand", "first-hand", "hypothetical", "opinion")
# how sure a cue is: "I think" and "would" are also mere habits of speech
WEIGHTS = {"first-hand": 1.0, "second-hand": 1.6, "opinion": 0.5, "hypothetical": 0.35}
_PAST = re.compile(r"^[a-z]{2,}ed$")


@dataclass(frozen=True)
class Cue:
    """A cue of one basis with its code-point range."""

    start: int
    end: int
    text: str
    label: str


@Language.factory(KEY, assigns=["doc._.basis"])
def make_basis(nlp: Language, name: str) -> "BasisCues":
    return BasisCues(nlp)


class BasisCues:
    """Writes `doc._.basis`, a tuple of Cue in order of position."""

    def __init__(self, nlp: Language):
        if not Doc.has_extension(KEY):
            Doc.set_extension(KEY, default=())
        self.matcher = phrase_matcher(nlp, {label: words.load(name) for label, name in LISTS.items()})

    def __call__(self, doc: Doc) -> Doc:
        spans = [span for span in longest(doc, self.matcher) if span.label_ != "none"]
        taken = {token.i for span in spans for token in span}
        own = (span for span in _own_deeds(doc) if not any(token.i in taken for token in span))
        every = sorted([*spans, *own], key=lambda span: span.start)
        doc._.basis = tuple(Cue(s.start_char, s.end_char, s.text, s.label_) for s in every)
        return doc


def _own_deeds(doc: Doc) -> list[Span]:
    """'I' or 'we' with a verb of what was or is done within four tokens: "we never moved", "I've seen", "we run"."""
    found = []
    for token in doc:
        if token.lower_ not in ("i", "we"):
            continue
        for index in range(token.i + 1, min(token.i + 5, len(doc))):
            word = doc[index].lower_.replace("’", "'")
            if word in THINKING:
                break
            if word in DEEDS or _PAST.match(word) or (word in HABITS and token.lower_ == "we"):
                found.append(Span(doc, token.i, index + 1, label="first-hand"))
                break
            if word not in BETWEEN:
                break
    return found


def decide(cues: tuple[Cue, ...]) -> str:
    """The basis with the greatest weight; a bare assertion without any cue counts as opinion."""
    totals = dict.fromkeys(PRIORITY, 0.0)
    for cue in cues:
        totals[cue.label] += WEIGHTS[cue.label]
    best = max(totals.values())
    return next(label for label in PRIORITY if totals[label] == best) if best else "opinion"
