"""Which words before a colon, or above a paragraph, name a speaker; the rest is speech that happens to have a colon."""

import re
from collections import Counter

LONGEST = 60
# what may stand before the colon, also an emoji first: short, no sentence marks, no quotes; bounded, so that long lines cost nothing
_FIRST = r"(?:[^\W_]|[+@]|[^\x00-\x7f\s“”：])"
_IN = r"[^:：\n\t\[\]<>{}?!;\"“”*]"
_LAST = r"[^\s:：\[\]<>{}?!;\"“”*]"
LABEL = rf"{_FIRST}(?:{_IN}{{0,58}}{_LAST})?"
LABEL_LAZY = rf"{_FIRST}(?:{_IN}{{0,58}}?{_LAST})??"
COLON = r"(?::(?=\s|$)|：)"

_ROLE_WORDS = {
    "interviewer": {"interviewer", "moderator", "analyst", "host", "researcher", "facilitator", "q", "question"},
    "expert": {"expert", "interviewee", "respondent", "participant", "guest", "a", "answer", "consultant", "advisor"},
    "chaperone": {"chaperone", "compliance", "observer", "counsel"},
}
_ANY_ROLE = set().union(*_ROLE_WORDS.values()) | {"speaker", "unknown", "operator"}
_CONNECTORS = {
    "de",
    "da",
    "di",
    "del",
    "der",
    "den",
    "van",
    "von",
    "la",
    "le",
    "bin",
    "ibn",
    "al",
    "el",
    "of",
    "and",
    "&",
    "y",
    "e",
}
_NOT_NAMES = {
    *("note", "notes", "example", "examples", "summary", "title", "date", "time", "duration", "topic", "subject"),
    *("attendees", "participants", "location", "recording", "agenda", "warning", "tip", "update", "ps", "nb", "re"),
    *("fwd", "http", "https", "source", "sources", "remember", "look", "listen", "first", "second", "third", "also"),
    *("so", "but", "because", "meaning", "result", "yes", "no", "okay", "ok", "well", "right"),
}
_ASIDE = re.compile(r"\([^()]{1,50}\)")
_BETWEEN = re.compile(r"[\s,/|–—-]")
_NUMBER = re.compile(r"[\d_.#\-]+")


def role_of(label: str) -> str:
    """The role that the words of a label state: interviewer, expert, chaperone, or "" if they state none."""
    found = set(_NUMBER.sub(" ", label.lower()).replace("(", " ").replace(")", " ").split())
    single = len(found) == 1
    for role in ("chaperone", "interviewer", "expert"):
        hits = found & _ROLE_WORDS[role]
        if hits and (single or hits - {"a", "q"}):
            return role
    return ""


def names_a_part(label: str) -> bool:
    """True for labels such as "Interviewer", "Q", "Speaker 2" or "Expert (JD)": a part in the talk, in any spelling."""
    left = set(_NUMBER.sub(" ", _ASIDE.sub(" ", label.lower())).split())
    return bool(left) and left <= _ANY_ROLE


def looks_like_a_name(label: str) -> bool:
    """True for one to six words that all begin with a capital, a digit, or a letter of a script without capitals."""
    if not label or len(label) > LONGEST:
        return False
    if names_a_part(label):
        return True
    parts = [part for part in _BETWEEN.split(_ASIDE.sub(" ", label)) if any(map(str.isalnum, part))]
    if not 1 <= len(parts) <= 6 or not parts[0][0].isalpha() or parts[0].lower() in _NOT_NAMES:
        return False
    dated = any(part.isdigit() and len(part) > 3 for part in parts)
    if dated or (label.endswith((".", ",")) and len(parts) > 2):
        return False
    return all(not part[0].islower() or part in _CONNECTORS for part in parts)


def speakers_among(candidates: list[str | None], alone_counts: bool = False) -> set[str]:
    """Which candidate labels name speakers, judged over the whole file.

    candidates: for each caption or paragraph the words before its first colon, or None.
    A file has labels if one stands among its first ten pieces or on a fifth of all. Then a part ("Interviewer") always
    counts; a name counts if it stands twice, if half of the pieces have such names, or (`alone_counts`) if it has two
    words or more; any other words only if they head a fifth of the pieces.
    """
    total = len(candidates)
    counts = Counter(label for label in candidates if label)
    named = {label for label in counts if looks_like_a_name(label)}
    dense = sum(counts[label] for label in named) >= total / 2
    accepted = set()
    for label, count in counts.items():
        if label in named:
            several = len(label.split()) > 1
            good = count > 1 or dense or names_a_part(label) or (alone_counts and several)
        else:
            good = count >= 3 and count >= total / 5 and len(label.split()) <= 4
        if good:
            accepted.add(label)
    labelled = sum(counts[label] for label in accepted)
    if labelled < 2 and total > 2:
        return set()
    early = any(label in accepted for label in candidates[:10] if label)
    return accepted if early or labelled >= total / 5 else set()
