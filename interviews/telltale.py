"""Words in a talk that may give the person away besides the names: for a reviewer to look at, never taken out by themselves.

Pure. Patterns, not a model: what the trade counts as identifying (domain rules N12 and N13) are other employers, exact titles,
places of work, names of teams and projects, the size of one's own team or budget, and how long or since when one served.
"""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from interviews.descriptor import Post, concerns

_NUMBER = (
    r"(?:\d[\d,.]*|a dozen|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|"
    r"seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|a hundred)"
)
_OWN = r"(?:my|our|i|we|me|us)"
_NAME = r"[A-Z][\w&-]*(?: [A-Z][\w&-]*){0,2}"
_ABOUT = r"(?:about |around |over |some |nearly |almost )?"
_CREW = r"(?:team|group|department|organisation|organization|unit|staff)"
_FOLK = r"(?:people|engineers|developers|reports|managers|staff)"
_SCALE = r"(?:million|billion|thousand|k|m|bn)"
_AMOUNT = rf"(?:[$€£] ?\d[\d,.]*|\b\d[\d,.]* ?{_SCALE}\b)(?: ?{_SCALE}\b)?"
_SAME = r"[^.?!\n]"  # the sentence goes on
_CAME = r"(?:there|with them|joined|started|left|retired|resigned)"
_WHEN = rf"(?:for {_NUMBER} years|(?:in|since) (?:\w+ )?(?:19|20)\d\d)"
_PLACE = r"(?:office|site|campus|plant|branch|data centre|data center|headquarters)"
_THERE = r"(?:company|firm|bank|job|role|team|position)"
_ONE = r"(?:woman|man|person|engineer|manager|employee|director|one)"
# What is looked for, why it tells, and whether capitals matter.
_PATTERNS: tuple[tuple[str, str, bool], ...] = (
    (
        r"\b(?:head|director|vice president|vp|svp|evp|chief|lead|manager) (?:of|for) (?:the )?[\w&-]+(?: [\w&-]+)?",
        "An exact title: few people have held it.",
        False,
    ),
    (
        r"\bchief [a-z]+(?: [a-z]+)? officer\b|\b(?:CEO|CTO|CFO|CIO|CISO|COO)\b(?= (?:of|at)\b)",
        "An exact title: few people have held it.",
        False,
    ),
    (
        rf"\b(?:[Pp]roject|[Cc]odename|[Cc]ode[ -]named?|[Oo]peration|[Tt]eam) (?:was |is |called |named )*“?{_NAME}"
        rf"|\b(?:product|service|programme|program|group) (?:that was |which was )?(?:called|named|known as) “?{_NAME}",
        "The name of a team or a project: colleagues know who was in it.",
        True,
    ),
    (
        rf"\b(?:based|located|stationed|lived|working) (?:out of|in|at|near) (?:the )?{_NAME}"
        rf"|\b(?:[Tt]he|[Oo]ur|[Mm]y) {_NAME} {_PLACE}\b",
        "A place of work.",
        True,
    ),
    (
        rf"\b{_OWN} (?:own )?{_CREW}{_SAME}{{0,30}}?\b{_NUMBER}\b(?: {_FOLK})?"
        rf"|\b(?:managed|led|ran|hired|had) (?:a {_CREW} of )?{_ABOUT}{_NUMBER} {_FOLK}"
        rf"|\ba {_CREW} of {_ABOUT}{_NUMBER}\b",
        "The size of one's own team.",
        False,
    ),
    (
        rf"\b{_OWN} {_SAME}{{0,40}}?(?:budget|spend|spent|contract|quota|bonus|salary){_SAME}{{0,30}}?{_AMOUNT}",
        "An amount of one's own: a budget, a contract, a bonus.",
        False,
    ),
    (
        rf"\b(?:for )?{_ABOUT}{_NUMBER}(?: and a half)? years (?:at|with|in) (?:the |that )?(?:{_THERE}|{_NAME})",
        "How long somebody served: with the year of leaving it gives the dates.",
        True,
    ),
    (
        rf"\b(?:[Ii]|[Ww]e) (?:was |were |had been |have been )?{_CAME}{_SAME}{{0,25}}?\b{_WHEN}\b",
        "When somebody came or left.",
        True,
    ),
    (
        rf"\b(?:the )?(?:only|first|youngest|longest[- ]serving|last) {_ONE} (?:who|to|in|on|at|there)\b",
        "It says that there was only one such person.",
        False,
    ),
)
_COMPILED = tuple((re.compile(said, 0 if exact else re.IGNORECASE), why) for said, why, exact in _PATTERNS)
_SHORTEST = 3


class Telltale(NamedTuple):
    """text[start:end] may give the person away; `why` is a sentence."""

    start: int
    end: int
    why: str


def telltales(text: str, posts: Iterable[Post], subject: str = "", names: Iterable[str] = ()) -> list[Telltale]:
    """Where a text may give a person away, in order and without overlaps; of two at one place the longer.

    posts: their employments, whose companies other than the programme's `subject` tell. names: those of the person.
    """
    found = [*_patterns(text), *_words(text, posts, subject, names)]
    found.sort(key=lambda one: (one.start, -one.end))
    kept: list[Telltale] = []
    for one in found:
        if not kept or one.start >= kept[-1].end:
            kept.append(one)
    return kept


def _patterns(text: str) -> Iterator[Telltale]:
    for pattern, why in _COMPILED:
        for match in pattern.finditer(text):
            yield Telltale(match.start(), match.end(), why)


def _words(text: str, posts: Iterable[Post], subject: str, names: Iterable[str]) -> Iterator[Telltale]:
    """The person's own names and other employers, as whole words in any case."""
    employers = {post.company.strip() for post in posts if not concerns(post.company, subject)}
    for words, why in [(n.strip(), "A name of the person.") for n in names] + [(e, "An employer.") for e in employers]:
        if len(words) < _SHORTEST:
            continue
        for match in re.finditer(rf"(?<!\w){re.escape(words)}(?!\w)", text, re.IGNORECASE):
            yield Telltale(match.start(), match.end(), why)
