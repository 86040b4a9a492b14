"""May this person be heard in that call: posts, day, the firm's rules and each fund's policy in, every reason why not out.

Pure. The firm's own reasons are told in words; of a fund's policy nobody learns more than that one bars. The rules: domain
rules N1-N6 and N18-N20; months are calendar months (research/policy.py), an unknown end refuses.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from interviews.descriptor import concerns
from research.policy import HOUSE, SPAN_OF_CALLS, Employment, Policy, Reason, employer, later, normal, reasons

POLICY = "policy"
NEUTRAL = "A participating policy bars this person on {day}. Choose another day or another expert."
CURRENT = "current-employee"


@dataclass(frozen=True, slots=True)
class SubjectLeave:
    """What a current employee of the subject company needs before a call; all four, or the call is refused."""

    allowed: bool = False
    signed: bool = False
    chaperoned: bool = False
    carded: bool = False

    @property
    def complete(self) -> bool:
        return not self.missing()

    def missing(self) -> tuple[Reason, ...]:
        """A reason for each of the four that is not there."""
        return tuple(Reason(code, sentence) for (name, code, sentence) in LEAVE if not getattr(self, name))


LEAVE = (
    ("allowed", "exception-policy", "This programme hears no current employees of that company."),
    ("signed", "exception-signature", "No exception signed by compliance holds on that day."),
    ("chaperoned", "exception-chaperone", "A call with them needs a chaperone from compliance."),
    ("carded", "exception-card", "A topic card has to say what they may not speak about."),
)

# Papers that an expert needs: their name in a sentence.
PAPERS = {"training": "compliance training", "terms": "terms of taking part"}
PAPERS_MISSING = {
    "training": ("Their compliance training is not on record.", "it has to be done again"),
    "terms": ("They have not accepted the terms.", "they have to be accepted again"),
}
Spans = Sequence[tuple[date, date]]
Elsewhere = Mapping[Hashable, Sequence[date]]


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a person besides their posts. `blocked` and `unscreened` are sentences, empty when all is well.

    papers: of each paper that is demanded the days, first and last, for which the person has had it.
    """

    blocked: str = ""
    unscreened: str = ""
    papers: Mapping[str, Spans] = field(default_factory=dict)

    def reasons(self, day: date) -> tuple[Reason, ...]:
        """What of this stands in the way of a call on that day."""
        found = []
        if self.blocked:
            found.append(Reason("blocked", self.blocked))
        if self.unscreened:
            found.append(Reason("screening", self.unscreened))
        found += [
            Reason(name, _lapsed(name, spans, day)) for name, spans in self.papers.items() if not held(spans, day)
        ]
        return tuple(found)


NOTHING_AGAINST = Standing()


def held(spans: Spans, day: date) -> bool:
    """True when one of the spans holds on that day; first and last day are included."""
    return any(first <= day <= last for first, last in spans)


def _lapsed(name: str, spans: Spans, day: date) -> str:
    never, again = PAPERS_MISSING[name]
    ended = max((last for _, last in spans if last < day), default=None)
    return never if ended is None else f"Their {PAPERS[name]} ended on {ended}: {again}."


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found for a call on a day: eligible, or every reason why not that the firm may know."""

    day: date
    reasons: tuple[Reason, ...] = ()

    @property
    def eligible(self) -> bool:
        return not self.reasons

    @property
    def codes(self) -> list[str]:
        return sorted({reason.code for reason in self.reasons})

    @property
    def sentences(self) -> list[str]:
        return list(dict.fromkeys(reason.sentence for reason in self.reasons))

    @property
    def told(self) -> str:
        """The reasons as one text for who asked; "" when there are none."""
        if self.eligible or self.codes == [POLICY]:
            return " ".join(self.sentences)
        return " ".join(["This person can't be heard on that day.", *self.sentences])


@dataclass(frozen=True, slots=True)
class Call:
    """One call on its day, as the expert's own calendar has it. `exception`: what is there for a current employee."""

    key: Hashable
    expert: Hashable
    day: date
    posts: tuple[Employment, ...]
    exception: SubjectLeave = SubjectLeave()


def is_subject(company: str, subject: str) -> bool:
    """True when a company is the one that a programme is about, or a part of it.

    >>> [is_subject(name, "Amazon.com (AMZN), segment AWS") for name in ("Amazon", "Amazon Web Services", "Amazonia")]
    [True, True, False]
    """
    core, name = normal(re.split(r"[(,;]", subject)[0]), normal(company)
    return concerns(company, subject) or (bool(core) and (name == core or name.startswith(f"{core} ")))


def employed_on(end: date | None, current: bool, day: date) -> bool:
    """Whether a post is held on a day: garden leave, with an end still to come, counts as employment (N3)."""
    return current or (end is not None and end >= day)


def examine(
    call: Call,
    *,
    house: Policy = HOUSE,
    seats: Iterable[tuple[Policy, Elsewhere]] = (),
    before: Sequence[Call] = (),
    standing: Standing = NOTHING_AGAINST,
    today: date | None = None,
) -> Verdict:
    """Every reason why the call may not be.

    house: the firm's own rules. seats: of each live seat the fund's policy and the days of its other calls, by expert; a
    fund's policy is never laxer than the house, so it is asked only of a person whom the house lets pass. before: the other
    calls of the programme in the order in which they are heard. today: restricted companies are looked up for it as well.
    """
    own = barred([call], house, today=today).get(call.key, ())
    found = [*standing.reasons(call.day), *own]
    if any(reason.code == CURRENT for reason in own):
        found += call.exception.missing()
    queue = [*before, call]
    if not own and any(call.key in barred(queue, p, elsewhere=away, today=today) for p, away in seats):
        found.append(neutral(call.day))
    return Verdict(call.day, tuple(found))


def neutral(day: date) -> Reason:
    """All that anybody of the firm learns of a fund's policy that bars."""
    return Reason(POLICY, NEUTRAL.format(day=f"{day:%-d %B %Y}"))


def barred(
    calls: Sequence[Call],
    policy: Policy,
    *,
    elsewhere: Elsewhere | None = None,
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
            excepted=call.exception.complete,
        )
        if not found[call.key]:
            heard[call.expert].append(call.day)
            employers[near] += 1
    return {key: why for key, why in found.items() if why}
