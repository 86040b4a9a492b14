"""How an expert is named to others: level, company class and year; never a name, an exact title, a month or a place.

Pure: posts and a day in, one line out, as the trade writes it: "Former Engineering Manager, hyperscaler, left 2025".
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

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
