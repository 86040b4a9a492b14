"""WordPiece tokenising of uncased English, as BERT does it (Devlin et al. 2018, arXiv 1810.04805)."""

import unicodedata
from functools import lru_cache
from pathlib import Path

LONGEST_WORD = 100
_CJK = (
    (0x4E00, 0x9FFF),
    (0x3400, 0x4DBF),
    (0x20000, 0x2A6DF),
    (0x2A700, 0x2B73F),
    (0x2B740, 0x2B81F),
    (0x2B820, 0x2CEAF),
    (0xF900, 0xFAFF),
    (0x2F800, 0x2FA1F),
)


@lru_cache(maxsize=4096)
def _kind(char: str) -> str:
    """'drop', 'space', 'alone' (a token of its own) or 'word'."""
    if char in "\t\n\r":
        return "space"
    category = unicodedata.category(char)
    code = ord(char)
    if code in (0, 0xFFFD) or category in ("Cc", "Cf", "Cn", "Co"):
        return "drop"
    if category in ("Zs", "Zl", "Zp"):
        return "space"
    ascii_mark = 33 <= code <= 47 or 58 <= code <= 64 or 91 <= code <= 96 or 123 <= code <= 126
    if ascii_mark or category.startswith("P") or any(low <= code <= high for low, high in _CJK):
        return "alone"
    return "word"


def words(text: str) -> list[str]:
    """Lower-cased words and single marks of the text, without accents."""
    kept = []
    for char in text:
        kind = _kind(char)
        if kind != "drop":
            kept.append(" " if kind == "space" else f" {char} " if kind == "alone" else char)
    plain = unicodedata.normalize("NFD", "".join(kept).lower())
    return "".join(c for c in plain if unicodedata.category(c) != "Mn").split()


class WordPiece:
    """Token ids of a text by greedy longest match against a fixed vocabulary."""

    def __init__(self, vocabulary: list[str]):
        self.ids = {token: number for number, token in enumerate(vocabulary)}
        self.first, self.last, self.unknown = (self.ids[t] for t in ("[CLS]", "[SEP]", "[UNK]"))
        self._known: dict[str, tuple[int, ...]] = {}

    @classmethod
    def load(cls, path: Path) -> "WordPiece":
        return cls(path.read_text(encoding="utf-8").splitlines())

    def encode(self, text: str, longest: int) -> list[int]:
        """Ids with the first and last mark around them, at most `longest` in all."""
        ids: list[int] = []
        for word in words(text):
            if word not in self._known:
                if len(self._known) > 200_000:
                    self._known.clear()
                self._known[word] = self._pieces(word)
            ids.extend(self._known[word])
            if len(ids) >= longest - 2:
                break
        return [self.first, *ids[: longest - 2], self.last]

    def _pieces(self, word: str) -> tuple[int, ...]:
        if len(word) > LONGEST_WORD:
            return (self.unknown,)
        found, at = [], 0
        while at < len(word):
            end = len(word)
            while end > at:
                piece = ("##" if at else "") + word[at:end]
                if piece in self.ids:
                    break
                end -= 1
            else:
                return (self.unknown,)
            found.append(self.ids[piece])
            at = end
        return tuple(found)
