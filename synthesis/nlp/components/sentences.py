"""Sentence boundaries for speech: written-out marks where there are any, a length limit where there are none."""

from typing import cast

from spacy.language import Language
from spacy.tokenizer import Tokenizer
from spacy.tokens import Doc, Token

ENDS = frozenset({".", "!", "?", "…", "。", "！", "？"})
CLOSERS = frozenset({'"', "'", "”", "’", ")", "]", "»", "''"})
SOFT = frozenset({",", ";", ":", "-", "--", "–", "—", "...", "…"})
JOINTS = frozenset({"and", "but", "so", "because", "then", "or", "which", "well", "now", "okay", "anyway"})
ABBREVIATIONS = (
    "approx.", "Approx.", "est.", "incl.", "excl.", "resp.", "misc.", "dept.", "Dept.", "yr.", "yrs.", "mo.", "mos.",
    "hr.", "hrs.", "min.", "max.", "avg.", "mgmt.", "Mgmt.", "govt.", "Fig.", "fig.", "cf.", "ca.", "vs.", "Vs.",
    "e.g.", "i.e.", "etc.", "No.", "no.", "Nos.", "nos.", "p.", "pp.", "Sr.", "Jr.", "Ltd.", "Inc.", "Corp.", "Co.",
)  # fmt: skip
NUMBERED = frozenset({"no.", "nos.", "fig.", "p.", "pp."})  # abbreviations only before a number
TRAILING = frozenset(
    {"etc.", "inc.", "ltd.", "corp.", "co.", "jr.", "sr.", "yr.", "yrs.", "hrs.", "hr.", "mos.", "mo."}
)


@Language.factory("speech_sentences", default_config={"longest": 60}, assigns=["token.is_sent_start"])
def make_sentences(nlp: Language, name: str, longest: int) -> "SpeechSentences":
    return SpeechSentences(nlp, longest)


class SpeechSentences:
    """Marks sentence starts. `longest` is the greatest number of tokens of a sentence."""

    def __init__(self, nlp: Language, longest: int):
        if longest < 10:
            raise ValueError("A sentence needs room for at least 10 tokens.")
        self.longest = longest
        tokenizer = cast(Tokenizer, nlp.tokenizer)
        for form in ABBREVIATIONS:
            tokenizer.add_special_case(form, [{"ORTH": form}])

    def __call__(self, doc: Doc) -> Doc:
        starts = self._limited(doc, _marked(doc)) if len(doc) else set()
        for token in doc:
            token.is_sent_start = token.i in starts
        return doc

    def _limited(self, doc: Doc, starts: list[int]) -> set[int]:
        """The starts, with more where a stretch is longer than the limit: after a soft mark, else before a joint."""
        out = set(starts)
        for first, last in zip(starts, [*starts[1:], len(doc)], strict=True):
            while last - first > self.longest:
                first = _cut(doc, first, self.longest)
                out.add(first)
        return out


def _marked(doc: Doc) -> list[int]:
    """Indices of the first token of each sentence that written marks or a blank line tell."""
    starts, ended = [0], False
    for index in range(1, len(doc)):
        before, token = doc[index - 1], doc[index]
        ended = ended or _ends(before, token) or (before.is_space and before.text.count("\n") > 1)
        if ended and not token.is_space and not _closes(before, token):
            starts.append(index)
            ended = False
    return starts


def _closes(before: Token, token: Token) -> bool:
    """Whether `token` still belongs to the sentence that ended with `before`."""
    return token.text in ENDS or (token.text in CLOSERS and not before.whitespace_ and not before.is_space)


def _ends(token: Token, after: Token) -> bool:
    """Whether a sentence may end with `token`, given what comes next."""
    low = token.lower_
    if low in NUMBERED:
        return not after.like_num and (low == "no." or low == "nos.")
    if low in TRAILING:
        return after.is_title or after.is_upper
    if token.text in ENDS and token.text != "…":
        return True
    return token.text in ("...", "…", "....") and (after.is_title or after.text == "I")


def _cut(doc: Doc, first: int, longest: int) -> int:
    """Where to break tokens from `first` on: in the later half of the limit, at the last natural place."""
    for index in range(first + longest, first + longest // 2, -1):
        if doc[index - 1].text in SOFT and not doc[index].is_space:
            return index
    for index in range(first + longest, first + longest // 2, -1):
        if doc[index].lower_ in JOINTS:
            return index
    return first + longest
