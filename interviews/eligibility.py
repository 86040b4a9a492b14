"""Which calls a policy bars: each expert's posts on the day of the call, and the limits over all calls of a programme.

Pure: calls and a policy in, reasons out. The same answer serves a booking, a release and each reading.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from interviews.descriptor import concerns
from research.policy import SPAN_OF_CALLS, Employment, Policy, Reason, employer, later, normal, reasons


@dataclass(frozen=True, slots=True)
class Call:
    """One call on its day, as the expert's own calendar has it. `excepted`: compliance sits in as the chaperone."""

    key: Hashable
    expert: Hashable
    day: date
    posts: tuple[Employment, ...]
    excepted: bool = False


def is_subject(company: str, subject: str) -> bool:
    """True when a company is the one that a programme is about, or a part of it.

    >>> [is_subject(name, "Amazon.com (AMZN), segment AWS") for name in ("Amazon", "Amazon Web Services", "Amazonia")]
    [True, True, False]
    """
    core, name = normal(re.split(r"[(,;]", subject)[0]), normal(company)
    return concerns(company, subject) or (bool(core) and (name == core or name.startswith(f"{core} ")))


def barred(
    calls: Sequence[Call],
    policy: Policy,
    *,
    elsewhere: Mapping[Hashable, Sequence[date]] | None = None,
    today: date | None = None,
) -> dict[Hashable, tuple[Reason, ...]]:
    """The calls that a policy bars, by key, each with the reasons.

    calls: those of one programme, in the order in which they are heard; a barred one counts towards no limit.
    elsewhere: days of calls with an expert in other programmes. today: restricted companies are looked up for it as well.
    """
    heard: dict[Hashable, list[date]] = defaultdict(list)
    for expert, days in (elsewhere or {}).items():
        heard[expert] += days
    employers: Counter[str] = Counter()
    found = {}
    for call in calls:
        before = [day for day in heard[call.expert] if day <= call.day < later(day, SPAN_OF_CALLS)]
        near = employer(call.posts, call.day)
        found[call.key] = reasons(
            call.posts,
            call.day,
            policy,
            today=today,
            calls=len(before),
            colleagues=employers[near] if near else 0,
            excepted=call.excepted,
        )
        if not found[call.key]:
            heard[call.expert].append(call.day)
            employers[near] += 1
    return {key: why for key, why in found.items() if why}
