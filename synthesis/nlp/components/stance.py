"""Words for good and bad turns of events, with negation and hedges: the question-free half of stance."""

from dataclasses import dataclass

from spacy.language import Language
from spacy.tokens import Doc

from synthesis.nlp import words
from synthesis.nlp.components.cues import longest, phrase_matcher

KEY = "polarity"
NEGATIONS, HEDGES = words.load("negations"), words.load("hedges")
REACH = 4  # tokens before a cue in which a negation or a hedge acts on it

BREAKS = frozenset({",", ";", ":", ".", "!", "?", "but", "although", "however", "--", "—", "because"})


@dataclass(frozen=True)
class Polarity:
    """One cue: code-point range, the words with what turned them, and a weight from -1 (bad) to 1 (good)."""

    start: int
    end: int
    text: str
    weight: float


@Language.factory(KEY, assigns=["doc._.polarity"])
def make_polarity(nlp: Language, name: str) -> "PolarityCues":
    return PolarityCues(nlp)


class PolarityCues:
    """Writes `doc._.polarity`, a tuple of Polarity in order of position."""

    def __init__(self, nlp: Language):
        if not Doc.has_extension(KEY):
            Doc.set_extension(KEY, default=())
        self.matcher = phrase_matcher(nlp, {"bad": words.load("bad"), "good": words.load("good")})

    def __call__(self, doc: Doc) -> Doc:
        found = []
        for span in longest(doc, self.matcher):
            weight, first = (-1.0 if span.label_ == "bad" else 1.0), span.start
            for index in range(span.start - 1, max(span.start - 1 - REACH, -1), -1):
                word = doc[index].lower_.replace("’", "'")
                if word in BREAKS:
                    break
                if word in NEGATIONS or (word == "less" and index == span.start - 1):
                    # "not good" is bad, yet "not bad" says less than "good"
                    weight, first = -weight * (0.9 if weight > 0 else 0.6), index
                    break
                if word in HEDGES:
                    weight, first = weight * 0.6, index
            last = doc[span.end - 1]
            text = doc[first : span.end].text
            found.append(Polarity(doc[first].idx, last.idx + len(last), text, round(weight, 2)))
        doc._.polarity = tuple(found)
        return doc
