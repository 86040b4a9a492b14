"""Passages: consecutive sentences of one turn, long enough to mean something and short enough to quote."""

import re

from spacy.language import Language
from spacy.tokens import Doc, Span

KEY = "passages"
_WORDS = re.compile(r"\w+")


@Language.factory(
    "passages", default_config={"shortest": 60, "longest": 140}, requires=["token.is_sent_start"], assigns=["doc.spans"]
)
def make_passages(nlp: Language, name: str, shortest: int, longest: int) -> "Passages":
    return Passages(shortest, longest)


class Passages:
    """Writes `doc.spans["passages"]`: a turn of up to `longest` words is one passage, a longer one is cut evenly at
    sentence ends into as few as keep below `longest`, none under `shortest` words unless its sentences leave no choice.
    """

    def __init__(self, shortest: int, longest: int):
        if not 0 < shortest <= longest / 2:
            raise ValueError("The shortest passage may be at most half of the longest.")
        self.shortest, self.longest = shortest, longest

    def __call__(self, doc: Doc) -> Doc:
        sentences = list(doc.sents)
        counts = [count_words(sentence.text) for sentence in sentences]
        spans = []
        for first, last in cut_evenly(counts, self.shortest, self.longest):
            span = _trimmed(doc, sentences[first].start, sentences[last - 1].end)
            if span is not None:
                spans.append(span)
        doc.spans[KEY] = spans
        return doc


def count_words(text: str) -> int:
    return len(_WORDS.findall(text))


def cut_evenly(counts: list[int], shortest: int, longest: int) -> list[tuple[int, int]]:
    """Half-open ranges of sentences whose word counts are as even as the sentence ends allow."""
    total = sum(counts)
    if not total:
        return []
    parts = -(-total // longest)
    if total / parts < shortest:
        parts = max(1, total // shortest)
    ends: list[int] = []
    done, so_far = 0, 0
    for index, count in enumerate(counts):
        goal = total * (len(ends) + 1) / parts
        if len(ends) + 1 < parts and so_far + count / 2 > goal and index > done:
            ends.append(index)
            done = index
        so_far += count
    ends.append(len(counts))
    return list(zip([0, *ends[:-1]], ends, strict=True))


def _trimmed(doc: Doc, first: int, last: int) -> Span | None:
    """The span without white space at its ends; None when nothing is left or it holds no word."""
    while first < last and doc[first].is_space:
        first += 1
    while last > first and doc[last - 1].is_space:
        last -= 1
    return Span(doc, first, last) if count_words(doc[first:last].text) else None
