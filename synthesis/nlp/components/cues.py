"""Finding cue phrases: the shared half of the stance and the basis component."""

from collections.abc import Iterable

from spacy.language import Language
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc, Span
from spacy.util import filter_spans


def phrase_matcher(nlp: Language, phrases: dict[str, Iterable[str]]) -> PhraseMatcher:
    """A matcher of lower-cased phrases; each key of `phrases` becomes the label of its matches."""
    matcher = PhraseMatcher(nlp.vocab, attr="LOWER")
    for label, forms in phrases.items():
        matcher.add(label, [nlp.make_doc(form) for form in sorted(forms)])
    return matcher


def longest(doc: Doc, matcher: PhraseMatcher) -> list[Span]:
    """Matches in order, the longest first choice where they overlap."""
    return filter_spans(matcher(doc, as_spans=True))
