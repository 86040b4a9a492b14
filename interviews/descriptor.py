"""How an expert is named to others: level, company class and year; never a name, an exact title, a month or a place.

Pure: posts and a day in, one line out, as the trade writes it: "Former Engineering Manager, hyperscaler, left 2025". Where
fewer than k people of a programme fit such a line it is made coarser step by step: k-anonymity by a fixed hierarchy for
each part of the line (Samarati 2001, "Protecting respondents' identities in microdata release").
"""

import re
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import product
from typing import TypeVar

NOBODY = "Respondent, background not on file"

# The only words that a descriptor is made of besides the year: an exact title or a rare class names a person.
LEVELS = (
    "Chief Officer",
    "Vice President",
    "Director",
    "Engineering Manager",
    "Principal Engineer",
    "Senior Engineer",
    "Engineer",
    "Solutions Architect",
    "Sales Director",
    "Account Executive",
)
KINDS = (
    "hyperscaler",
    "bank",
    "insurer",
    "retailer",
    "media company",
    "software vendor",
    "airline",
    "healthcare provider",
    "manufacturer",
    "telecom operator",
    "logistics company",
    "consultancy",
    "public body",
    "energy company",
)

# What stands for each of them when it is too rare: a group of levels, a sector of companies.
LEVEL_GROUPS = {
    **dict.fromkeys(("Chief Officer", "Vice President", "Director"), "Executive"),
    **dict.fromkeys(
        ("Engineering Manager", "Principal Engineer", "Senior Engineer", "Engineer", "Solutions Architect"),
        "Technical Professional",
    ),
    **dict.fromkeys(("Sales Director", "Account Executive"), "Sales Professional"),
}
SECTORS = {
    **dict.fromkeys(("hyperscaler", "software vendor", "telecom operator"), "technology company"),
    **dict.fromkeys(("bank", "insurer"), "financial company"),
    **dict.fromkeys(("retailer", "media company", "airline"), "consumer company"),
    **dict.fromkeys(("manufacturer", "logistics company", "energy company"), "industrial company"),
    **dict.fromkeys(("healthcare provider", "consultancy", "public body"), "services organisation"),
}
ANY_LEVEL, ANY_CLASS = "Professional", "company"
COARSEST = f"{ANY_LEVEL}, {ANY_CLASS}"
BAND = 3  # years

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Post:
    """One employment as the descriptor needs it. `end` None and not `current` means that nobody knows when it ended."""

    company: str
    kind: str
    level: str
    start: date
    end: date | None = None
    current: bool = False

    def held_on(self, day: date) -> bool:
        """True when the post is current, or ends after that day."""
        return self.current or (self.end is not None and self.end > day)


def concerns(company: str, subject: str) -> bool:
    """True when a company is the one that a programme is about: its name stands as whole words in the subject's name.

    >>> concerns("Amazon", "Amazon.com (AMZN); segment AWS")
    True
    """
    name = company.strip()
    return bool(name) and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", subject, re.IGNORECASE) is not None


def telling(posts: Sequence[Post], subject: str = "") -> Post | None:
    """The post that an interview is about: the newest at the programme's subject, else the newest of all."""
    newest = sorted(posts, key=lambda post: (post.start, post.current, post.end or date.max), reverse=True)
    return next((post for post in newest if concerns(post.company, subject)), newest[0] if newest else None)


def line(post: Post | None, day: date) -> str:
    """The descriptor of one post as on `day`: "Former Engineering Manager, hyperscaler, left 2025"."""
    if post is None:
        return NOBODY
    if post.held_on(day):
        return f"Current {post.level}, {post.kind}"
    left = f"left {post.end.year}" if post.end else "year of leaving not known"
    return f"Former {post.level}, {post.kind}, {left}"


def describe(posts: Sequence[Post], day: date, subject: str = "") -> str:
    """The descriptor of a person as on `day`, for a programme about `subject`."""
    return line(telling(posts, subject), day)


# As coarse as a programme needs ----------------------------------------------------------------------------------------

# How coarse each part of a line is: current or former, level, class, year; 0 is as fine as it gets. A year says that the
# person has left, so it goes before "former" does.
Depths = tuple[int, int, int, int]
FINEST: Depths = (0, 0, 0, 0)
# What is lost with each step; a step further always loses more, so the cheapest line that is allowed is one of the finest.
_LOST = ((0, 10), (0, 3, 7), (0, 3, 7), (0, 1, 2))
DEPTHS: tuple[Depths, ...] = tuple(
    sorted(
        ((s, lev, cls, y) for s, lev, cls, y in product(range(2), range(3), range(3), range(3)) if y == 2 or not s),
        key=lambda depths: (sum(_LOST[part][depth] for part, depth in enumerate(depths)), depths),
    )
)


def as_of(post: Post, day: date) -> Post:
    """The post as it stood on the day of a call: one that was held then is a current one, whatever became of it."""
    return replace(post, current=True, end=None) if post.held_on(day) else post


def generalised(post: Post, day: date, depths: Depths) -> str:
    """The line of a post, so coarse; with `FINEST` it is what `line` says."""
    status, level, kind, year = depths
    held = post.held_on(day)
    said = "" if status else ("Current " if held else "Former ")
    said += (post.level, LEVEL_GROUPS.get(post.level, ANY_LEVEL), ANY_LEVEL)[level]
    said += f", {(post.kind, SECTORS.get(post.kind, ANY_CLASS), ANY_CLASS)[kind]}"
    return said if held or year == 2 else f"{said}, {_left(post.end, day, year)}"


def _left(end: date | None, day: date, year: int) -> str:
    """The year of leaving, or the band of years that holds it; the newest band ends with the year of `day`."""
    if end is None:
        return "year of leaving not known"
    if not year:
        return f"left {end.year}"
    last = day.year - BAND * ((day.year - end.year) // BAND)
    return f"left {last - BAND + 1}–{last}"


def generalise(people: Mapping[Key, Post | None], k: int, day: date) -> dict[Key, str]:
    """A line for each of a programme's people, as fine as possible such that at least k of them fit it.

    A person fits a line when their own post, made as coarse, reads the same. Where even the coarsest line fits fewer than k,
    it is the coarsest line. Who has no post on file is named as such, which tells nothing of them. With k = 1 each line is
    `line(post, day)`. The same people in any order give the same lines.
    """
    posts = {key: post for key, post in people.items() if post is not None}
    lines = dict.fromkeys(people, NOBODY)
    lines |= dict.fromkeys(posts, COARSEST)
    left = set(posts)
    for depths in DEPTHS:
        fitting = Counter(generalised(post, day, depths) for post in posts.values())
        for key in [key for key in left if fitting[generalised(posts[key], day, depths)] >= k]:
            lines[key] = generalised(posts[key], day, depths)
            left.remove(key)
    return lines


def depths_of(post: Post | None, day: date, said: str) -> list[Depths]:
    """How coarse a line is for this post; several where a step changes nothing, none when the line is not of this post."""
    return [depths for depths in DEPTHS if generalised(post, day, depths) == said] if post else []


def is_coarser(post: Post | None, day: date, new: str, old: str) -> bool:
    """True when `new` tells nothing of the person that `old` does not tell."""
    found = product(depths_of(post, day, new), depths_of(post, day, old))
    return any(all(n >= o for n, o in zip(one, other, strict=True)) for one, other in found)


def sharing(people: Mapping[Key, Post | None], key: Key) -> int:
    """How many of a programme's people have the level and the class of this one, who is counted too; 0 without a post."""
    post = people[key]
    return sum(p is not None and (p.level, p.kind) == (post.level, post.kind) for p in people.values()) if post else 0
