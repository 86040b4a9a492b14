"""The spaCy pipeline from its config, and the plain values that are copied out of its documents."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import spacy
from spacy.language import Language
from spacy.tokens import Doc

from synthesis.nlp.components import entities, passages, sentences  # noqa: F401  (importing registers the factories)
from synthesis.nlp.components.basis import Cue
from synthesis.nlp.components.figures import Figure
from synthesis.nlp.components.stance import Polarity
from synthesis.nlp.shapes import Turn

CONFIG = Path(__file__).with_name("config.cfg")
_NOISE = re.compile(r"\\?\[[^\][]{0,60}\\?\]|\{[^{}]{0,60}\}|<[^<>]{0,60}>")  # time stamps and stage directions


@dataclass(frozen=True)
class Passage:
    """A passage with what the pipeline saw in it. Offsets are code points in the whole transcript text."""

    turn: Turn
    start: int
    end: int
    text: str
    sentences: tuple[str, ...]
    words: int
    entities: tuple[tuple[str, str], ...] = ()
    figures: tuple[Figure, ...] = ()
    polarity: tuple[Polarity, ...] = ()
    basis: tuple[Cue, ...] = ()


def load_pipeline(vocabulary: Iterable[str | tuple[str, str]] = ()) -> Language:
    """The pipeline of config.cfg with the programme's terms; needs no network and no downloaded model."""
    config = spacy.util.load_config(CONFIG)
    nlp = spacy.util.load_model_from_config(config, auto_fill=True, validate=True)
    entities.teach(nlp, vocabulary)
    return nlp


def read_turns(nlp: Language, turns: Sequence[Turn], cues: bool = True) -> Iterator[list[Passage]]:
    """The passages of each turn in order. Without `cues` only sentences and passages are found, which is quicker."""
    wanted = None if cues else ["speech_sentences", "passages"]
    with nlp.memory_zone(), nlp.select_pipes(enable=wanted or nlp.pipe_names):
        for turn, doc in zip(turns, nlp.pipe(turn.text for turn in turns), strict=True):
            yield [_passage(doc, span, turn) for span in doc.spans[passages.KEY]]


def _passage(doc: Doc, span: spacy.tokens.Span, turn: Turn) -> Passage:
    first, last = span.start_char, span.end_char

    def inside(cues: Iterable) -> tuple:
        return tuple(cue for cue in cues if first <= cue.start and cue.end <= last)

    return Passage(
        turn=turn,
        start=turn.start + first,
        end=turn.start + last,
        text=doc.text[first:last],
        sentences=tuple(_sentences(doc, span)),
        words=passages.count_words(span.text),
        entities=tuple(
            dict.fromkeys((e.text, e.label_) for e in doc.ents if e.start >= span.start and e.end <= span.end)
        ),
        figures=inside(doc._.figures),
        polarity=inside(doc._.polarity),
        basis=inside(doc._.basis),
    )


def _sentences(doc: Doc, span: spacy.tokens.Span) -> Iterator[str]:
    for sentence in doc.sents:
        first, last = max(sentence.start, span.start), min(sentence.end, span.end)
        if first < last:
            text = " ".join(_NOISE.sub(" ", doc[first:last].text).split())
            if text:
                yield text
