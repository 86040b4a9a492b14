"""What must never leave the firm in words that experts, their calendars or a link's page show: client, subject and sponsors.

Pure: a text and the forbidden words in, what was found out. Words are compared without case, accents and punctuation, and
without the spaces between them, so that a name is found in an address or a file name too.
"""

import re
import unicodedata
from collections.abc import Iterable

from research.policy import normal

# What many names share, so that it gives nobody away.
COMMON = frozenset(
    re.findall(
        r"\w+",
        "and asset assets advisers advisors associates capital equity fund funds global group holdings international"
        " investment investments investors management partners programme project research segment the trust",
    )
)
# A run of letters that is shorter stands in many a word by chance; it is only looked for as a word of its own.
SHORTEST_PART = 6


def leaks(text: str, forbidden: Iterable[str]) -> list[str]:
    """Those of the forbidden names that a text holds, in their order, each once.

    >>> leaks("Your call about AMAZON's cloud", ["Cedar", *names_of("Amazon.com, Inc. (AMZN)")])
    ['amazon']
    """
    words = f" {_plain(text)} "
    run = words.replace(" ", "")
    return [name for name in dict.fromkeys(forbidden) if _holds(words, run, _plain(name))]


def names_of(company: str) -> list[str]:
    """The names under which a company or a fund is known: whole, its core, and the abbreviations beside it.

    >>> names_of("Amazon.com (AMZN), segment AWS")
    ['amazon', 'amazon com amzn segment aws', 'amzn', 'aws']
    """
    core = normal(re.split(r"[(,;:]", company)[0]).split()
    while core and core[-1] in COMMON:
        core.pop()
    own = " ".join(core[1:] if core[:1] == ["the"] else core)
    # Capitals among other words are an abbreviation: AWS, AMZN. Of a legal form (PLC) nothing is left but the x.
    capitals = re.findall(r"\b[A-Z][A-Z0-9&]{1,6}\b", company) if company != company.upper() else []
    short = {_plain(word) for word in capitals if normal(f"x {word}") != "x"}
    return sorted(name for name in {_plain(company), own, *short} if name and name not in COMMON)


def words_of(name: str) -> list[str]:
    """The words of a name that stand for it by themselves: not the short ones, nor those that many names share."""
    return [word for word in _plain(name).split() if len(word) > 3 and word not in COMMON]


def _plain(text: str) -> str:
    """Lower case words without accents and punctuation; nothing is taken away."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).casefold()
    return " ".join(re.sub(r"[^\w]+|_+", " ", re.sub(r"['’](?!s\b)", "", plain).replace("&", " and ")).split())


def _holds(words: str, run: str, name: str) -> bool:
    squeezed = name.replace(" ", "")
    return bool(squeezed) and (f" {name} " in words or (len(squeezed) >= SHORTEST_PART and squeezed in run))
