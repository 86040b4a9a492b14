"""Whether two names or domains may be those of one management company. Pure: texts in, judgement out."""

import re
import unicodedata
from difflib import SequenceMatcher

# What the names of most funds share tells nothing of which fund it is.
COMMON = frozenset(
    """advisers advisors advisory ag alternative alternatives and asset assets associates bv capital co company corp
    corporation equity fund funds global gmbh group hedge holdings inc international invest investment investments
    investors limited llc llp lp ltd management managers nv of partner partners plc sa sarl sicav the trust
    ventures wealth""".split()  # noqa: SIM905 - a list of words reads best as words
)
# From here on two names differ in little more than a letter or two: "Tarnwick" and "Tarnwich" are 0.88 alike.
ALIKE = 0.85
DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")


def normal(name: str) -> str:
    """A name without what spelling leaves open: case, accents, punctuation, "&" for "and", space."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))
    joined = re.sub(r"[.'’]", "", bare.replace("&", " and "))
    return " ".join(re.findall(r"[^\W_]+", joined))


def own_words(name: str) -> list[str]:
    """The words of a name that are its own: without legal forms and the trade's common words, unless it has no others."""
    words = normal(name).split()
    return [word for word in words if word not in COMMON] or words


def near(name: str, other: str) -> bool:
    """True when two names may be those of one company.

    That is: the own words of one are all among those of the other, or the own words, run together, are at least `ALIKE`
    the same by difflib's ratio.
    """
    these, those = own_words(name), own_words(other)
    if not these or not those:
        return False
    if set(these) <= set(those) or set(those) <= set(these):
        return True
    matcher = SequenceMatcher(None, "".join(these), "".join(those), autojunk=False)
    return matcher.ratio() >= ALIKE


def same_domain(domain: str, other: str) -> bool:
    """True for one domain and for a domain and one below it; an empty domain is like none."""
    if not domain or not other:
        return False
    return f".{domain}".endswith(f".{other}") or f".{other}".endswith(f".{domain}")
