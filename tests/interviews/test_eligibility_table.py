"""The truth table of eligibility: who may be heard on which day, row by row, with the codes of every reason why not."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import pytest

from interviews.eligibility import Call, Standing, SubjectLeave, Verdict, examine
from research.policy import HOUSE, Employment, Policy, Restriction, strictest

LISTED, PRIVATE = frozenset({"listed", "bank"}), frozenset({"private", "consultancy"})
ALL_FOUR = SubjectLeave(allowed=True, signed=True, chaperoned=True, carded=True)
LEFT = ["exception-policy", "exception-signature", "exception-chaperone", "exception-card"]
YEAR = [(date(2025, 9, 1), date(2026, 8, 31))]


def at(
    company: str = "Harrow", end: str = "", *, current: bool = False, types: frozenset[str] = LISTED, **more: Any
) -> Employment:
    """A post since 2015; without an end and not current nobody knows when it ended."""
    last = date.fromisoformat(end) if end else None
    start = date.fromisoformat(more.pop("start", "2015-01-01"))
    return Employment(company, types, start, last, current, **more)


def subject(end: str = "", **more: Any) -> Employment:
    return at("Subject", end, subject=True, **more)


def fund(*restricted: Restriction, **fields: Any) -> Policy:
    """A fund's own rules, taken together with the house's as the software does."""
    return strictest([HOUSE, Policy(restricted=restricted, **fields)])


def bar(company: str, first: str = "", last: str = "") -> Restriction:
    return Restriction(
        company, date.fromisoformat(first) if first else None, date.fromisoformat(last) if last else None
    )


@dataclass(frozen=True)
class Row:
    """One line: posts and the day of the call, what else is known, and the codes that must come out, in any order."""

    id: str
    posts: tuple[Employment, ...]
    day: str
    codes: str = ""
    leave: SubjectLeave = SubjectLeave()
    seats: tuple[Policy, ...] = ()
    standing: Standing = Standing()
    today: str = ""
    before: tuple[Call, ...] = ()
    elsewhere: dict[str, list[date]] = field(default_factory=dict)

    def verdict(self) -> Verdict:
        return examine(
            Call("this", "expert", date.fromisoformat(self.day), self.posts, self.leave),
            seats=[(policy, self.elsewhere) for policy in self.seats],
            before=self.before,
            standing=self.standing,
            today=date.fromisoformat(self.today) if self.today else None,
        )


def earlier(*rows: tuple[str, str, str]) -> tuple[Call, ...]:
    """Calls heard before: (expert, day, employer)."""
    return tuple(
        Call(n, who, date.fromisoformat(day), (at(company, current=True),))
        for n, (who, day, company) in enumerate(rows)
    )


def papers(**spans: list[tuple[date, date]]) -> Standing:
    return Standing(papers=spans)


BANKS, YEARLONG, STRICT = fund(months={"bank": 12}), fund(months={"listed": 12}), fund(no_current_employees=True)
TWICE, PAIR = fund(calls_per_expert=2), fund(interviews_per_company=2)
now = "2026-03-18"

ROWS = [
    # Cooling-off of six calendar months after a listed company
    Row("listed-one-day-short", (at(end="2025-09-19"),), now, "cooling-off"),
    Row("listed-on-the-day", (at(end="2025-09-18"),), now),
    Row("listed-long-ago", (at(end="2019-01-31"),), now),
    Row("listed-left-yesterday", (at(end="2026-03-17"),), now, "cooling-off"),
    Row("month-end-31-august-to-28-february", (at(end="2025-08-31"),), "2026-02-28"),
    Row("month-end-31-august-one-day-short", (at(end="2025-08-31"),), "2026-02-27", "cooling-off"),
    Row("month-end-30-august-to-28-february", (at(end="2025-08-30"),), "2026-02-28"),
    Row("month-end-29-august-one-day-short", (at(end="2025-08-29"),), "2026-02-27", "cooling-off"),
    Row("month-end-28-february-is-28-august", (at(end="2025-02-28"),), "2025-08-28"),
    Row("month-end-28-february-one-day-short", (at(end="2025-02-28"),), "2025-08-27", "cooling-off"),
    Row("month-end-31-march-to-30-september", (at(end="2025-03-31"),), "2025-09-30"),
    Row("month-end-31-march-one-day-short", (at(end="2025-03-31"),), "2025-09-29", "cooling-off"),
    Row("leap-year-31-august-to-29-february", (at(end="2023-08-31"),), "2024-02-29"),
    Row("leap-year-31-august-not-yet-on-28", (at(end="2023-08-31"),), "2024-02-28", "cooling-off"),
    Row("leap-day-end-to-29-august", (at(end="2024-02-29"),), "2024-08-29"),
    Row("leap-day-end-one-day-short", (at(end="2024-02-29"),), "2024-08-28", "cooling-off"),
    Row("leap-day-end-a-year-later", (at(end="2024-02-29"),), "2025-02-28", "", seats=(YEARLONG,)),
    Row("leap-day-end-a-year-less-a-day", (at(end="2024-02-29"),), "2025-02-27", "policy", seats=(YEARLONG,)),
    Row("over-new-year", (at(end="2025-11-15"),), "2026-05-15"),
    Row("over-new-year-one-day-short", (at(end="2025-11-15"),), "2026-05-14", "cooling-off"),
    Row("six-months-are-not-180-days", (at(end="2025-09-18"),), "2026-03-17", "cooling-off"),
    # Three after a private one
    Row("private-one-day-short", (at(end="2025-12-19", types=PRIVATE),), now, "cooling-off"),
    Row("private-on-the-day", (at(end="2025-12-18", types=PRIVATE),), now),
    Row("private-30-november-to-28-february", (at(end="2025-11-30", types=PRIVATE),), "2026-02-28"),
    Row("private-and-listed-takes-the-longer", (at(end="2025-12-01", types=LISTED | PRIVATE),), now, "cooling-off"),
    Row("neither-kind-waits-for-nothing", (at(end="2026-03-17", types=frozenset({"charity"})),), now),
    # Former staff of the subject company cool off as any other's
    Row("subject-left-six-months-ago", (subject("2025-09-18"),), now),
    Row("subject-left-a-day-too-late", (subject("2025-09-19"),), now, "cooling-off"),
    Row("subject-left-and-signed-is-no-exception", (subject("2025-09-19"),), now, "cooling-off", leave=ALL_FOUR),
    # Unknown ends
    Row("unknown-end", (at(),), now, "unknown-end"),
    Row("unknown-end-of-the-subject", (subject(),), now, "unknown-end"),
    Row("unknown-end-whatever-was-signed", (subject(),), now, "unknown-end", leave=ALL_FOUR),
    Row("unknown-end-beside-a-known-one", (at(end="2019-01-31"), at("Bolt")), now, "unknown-end"),
    # Current employees elsewhere speak
    Row("current-elsewhere", (at(current=True),), now),
    Row("current-elsewhere-private", (at(current=True, types=PRIVATE),), now),
    Row("current-elsewhere-and-fresh-leaver", (at(current=True), at("Bolt", "2026-01-31")), now, "cooling-off"),
    # Garden leave: the end after the call, so they are employed on its day
    Row("garden-leave-elsewhere", (at(end="2026-06-30"),), now),
    Row("garden-leave-at-the-subject", (subject("2026-06-30"),), now, " ".join(["current-employee", *LEFT])),
    Row("last-day-is-the-call-s", (subject(now),), now, " ".join(["current-employee", *LEFT])),
    Row("last-day-is-the-day-before", (subject("2026-03-17"),), now, "cooling-off"),
    Row("garden-leave-let-through", (subject("2026-06-30"),), now, leave=ALL_FOUR),
    # Current employees of the subject: all four, or every one that is missing
    Row("subject-nothing-there", (subject(current=True),), now, " ".join(["current-employee", *LEFT])),
    Row("subject-all-four", (subject(current=True),), now, leave=ALL_FOUR),
    Row(
        "subject-no-policy",
        (subject(current=True),),
        now,
        "current-employee exception-policy",
        leave=replace(ALL_FOUR, allowed=False),
    ),
    Row(
        "subject-no-signature",
        (subject(current=True),),
        now,
        "current-employee exception-signature",
        leave=replace(ALL_FOUR, signed=False),
    ),
    Row(
        "subject-no-chaperone",
        (subject(current=True),),
        now,
        "current-employee exception-chaperone",
        leave=replace(ALL_FOUR, chaperoned=False),
    ),
    Row(
        "subject-no-card",
        (subject(current=True),),
        now,
        "current-employee exception-card",
        leave=replace(ALL_FOUR, carded=False),
    ),
    Row(
        "subject-only-a-chaperone",
        (subject(current=True),),
        now,
        "current-employee exception-policy exception-signature exception-card",
        leave=SubjectLeave(chaperoned=True),
    ),
    Row(
        "subject-only-policy-and-card",
        (subject(current=True),),
        now,
        "current-employee exception-signature exception-chaperone",
        leave=SubjectLeave(allowed=True, carded=True),
    ),
    Row(
        "subject-all-four-and-a-fund-hears-none",
        (subject(current=True),),
        now,
        "policy",
        leave=ALL_FOUR,
        seats=(STRICT,),
    ),
    Row("subject-all-four-and-a-fund-that-does", (subject(current=True),), now, leave=ALL_FOUR, seats=(YEARLONG,)),
    Row("fund-that-hears-none-hears-others", (at(current=True),), now, seats=(STRICT,)),
    Row("subject-all-four-and-an-unknown-end", (subject(current=True), at("Bolt")), now, "unknown-end", leave=ALL_FOUR),
    # A fund's policy: that one bars, and no more
    Row("fund-asks-twelve-months", (at(end="2025-09-18"),), now, "policy", seats=(YEARLONG,)),
    Row("fund-asks-twelve-and-has-them", (at(end="2025-03-18"),), now, seats=(YEARLONG,)),
    Row("fund-asks-more-of-a-kind", (at(end="2025-09-18"),), now, "policy", seats=(BANKS,)),
    Row(
        "fund-asks-more-of-another-kind",
        (at(end="2025-09-18", types=frozenset({"listed", "insurer"})),),
        now,
        seats=(BANKS,),
    ),
    Row("one-of-two-funds-bars", (at(end="2025-09-18"),), now, "policy", seats=(fund(), YEARLONG)),
    Row("both-funds-bar-and-one-is-told", (at(end="2025-09-18"),), now, "policy", seats=(BANKS, YEARLONG)),
    Row("fund-is-not-asked-when-the-house-bars", (at(end="2026-01-31"),), now, "cooling-off", seats=(YEARLONG,)),
    Row("fund-laxer-than-the-house", (at(end="2025-09-19"),), now, "cooling-off", seats=(fund(months={"listed": 0}),)),
    # Restricted lists, from their first day to their last
    Row("restricted-open", (at(end="2019-01-31"),), now, "policy", seats=(fund(bar("Harrow")),)),
    Row("restricted-day-before-it-begins", (at(end="2019-01-31"),), "2026-03-17", seats=(fund(bar("Harrow", now)),)),
    Row("restricted-on-its-first-day", (at(end="2019-01-31"),), now, "policy", seats=(fund(bar("Harrow", now)),)),
    Row("restricted-on-its-last-day", (at(end="2019-01-31"),), now, "policy", seats=(fund(bar("Harrow", "", now)),)),
    Row("restricted-day-after-its-last", (at(end="2019-01-31"),), "2026-03-19", seats=(fund(bar("Harrow", "", now)),)),
    Row("restricted-on-one-day-only", (at(end="2019-01-31"),), now, "policy", seats=(fund(bar("Harrow", now, now)),)),
    Row(
        "restricted-by-another-form-of-the-name",
        (at("HARROW p.l.c.", "2019-01-31"),),
        now,
        "policy",
        seats=(fund(bar("Harrow, Inc.")),),
    ),
    Row("restricted-company-of-a-like-name", (at("Harrowgate", "2019-01-31"),), now, seats=(fund(bar("Harrow")),)),
    Row("restricted-current-employer", (at(current=True),), now, "policy", seats=(fund(bar("Harrow")),)),
    Row(
        "restricted-old-post-of-several",
        (at(current=True), at("Bolt", "2016-05-31")),
        now,
        "policy",
        seats=(fund(bar("Bolt")),),
    ),
    Row(
        "restricted-since-the-call-at-release",
        (at(end="2019-01-31"),),
        now,
        "policy",
        seats=(fund(bar("Harrow", "2026-03-25")),),
        today="2026-03-25",
    ),
    Row(
        "restricted-after-the-release",
        (at(end="2019-01-31"),),
        now,
        seats=(fund(bar("Harrow", "2026-03-25")),),
        today="2026-03-24",
    ),
    Row(
        "restricted-at-the-call-and-lifted-at-release",
        (at(end="2019-01-31"),),
        now,
        "policy",
        seats=(fund(bar("Harrow", "", now)),),
        today="2026-03-25",
    ),
    # Limits
    Row(
        "second-of-two-calls",
        (at(current=True),),
        now,
        seats=(TWICE,),
        before=earlier(("expert", "2026-01-05", "Harrow")),
    ),
    Row(
        "third-of-two-calls",
        (at(current=True),),
        now,
        "policy",
        seats=(TWICE,),
        before=earlier(("expert", "2026-01-05", "Harrow"), ("expert", "2026-02-05", "Harrow")),
    ),
    Row(
        "calls-of-another-person-do-not-count",
        (at(current=True),),
        now,
        seats=(TWICE,),
        before=earlier(("one", "2026-01-05", "Bolt"), ("two", "2026-02-05", "Bolt")),
    ),
    Row(
        "calls-elsewhere-count",
        (at(current=True),),
        now,
        "policy",
        seats=(TWICE,),
        elsewhere={"expert": [date(2025, 6, 1), date(2025, 7, 1)]},
    ),
    Row(
        "calls-a-year-ago-do-not-count",
        (at(current=True),),
        now,
        seats=(TWICE,),
        elsewhere={"expert": [date(2025, 3, 18), date(2025, 7, 1)]},
    ),
    Row(
        "calls-a-year-less-a-day-ago-count",
        (at(current=True),),
        now,
        "policy",
        seats=(TWICE,),
        elsewhere={"expert": [date(2025, 3, 19), date(2025, 7, 1)]},
    ),
    Row(
        "second-of-an-employer-s-two",
        (at(current=True),),
        now,
        seats=(PAIR,),
        before=earlier(("one", "2026-01-05", "HARROW")),
    ),
    Row(
        "third-of-an-employer-s-two",
        (at(current=True),),
        now,
        "policy",
        seats=(PAIR,),
        before=earlier(("one", "2026-01-05", "Harrow"), ("two", "2026-01-06", "Harrow Inc")),
    ),
    Row(
        "no-limit-of-the-house",
        (at(current=True),),
        now,
        seats=(fund(),),
        before=earlier(*[("expert", "2026-01-05", "Harrow")] * 5),
    ),
    # What else is known of the person
    Row(
        "blocked", (at(end="2019-01-31"),), now, "blocked", standing=Standing(blocked="Nobody may contact this person.")
    ),
    Row(
        "not-screened",
        (at(end="2019-01-31"),),
        now,
        "screening",
        standing=Standing(unscreened="They have not been screened yet."),
    ),
    Row(
        "blocked-and-cooling-off",
        (at(end="2026-01-31"),),
        now,
        "blocked cooling-off",
        standing=Standing(blocked="Nobody may contact this person."),
    ),
    Row(
        "not-screened-and-barred-by-a-fund",
        (at(end="2025-09-18"),),
        now,
        "screening policy",
        seats=(YEARLONG,),
        standing=Standing(unscreened="They have not been screened yet."),
    ),
    Row("papers-hold", (at(end="2019-01-31"),), now, standing=papers(training=YEAR, terms=YEAR)),
    Row("papers-hold-on-their-last-day", (at(end="2019-01-31"),), "2026-08-31", standing=papers(training=YEAR)),
    Row(
        "training-ended-the-day-before",
        (at(end="2019-01-31"),),
        "2026-09-01",
        "training",
        standing=papers(training=YEAR),
    ),
    Row(
        "terms-not-accepted-yet-on-the-day", (at(end="2019-01-31"),), "2025-08-31", "terms", standing=papers(terms=YEAR)
    ),
    Row("no-papers-at-all", (at(end="2019-01-31"),), now, "terms training", standing=papers(training=[], terms=[])),
    Row(
        "papers-renewed",
        (at(end="2019-01-31"),),
        "2026-10-01",
        standing=papers(training=[*YEAR, (date(2026, 9, 1), date(2027, 8, 31))]),
    ),
    # Nothing known
    Row("no-posts", (), now),
    Row("no-posts-and-a-limit", (), now, seats=(PAIR,), before=earlier(("one", "2026-01-05", "Harrow"))),
]


def ids(rows: Iterable[Row]) -> list[str]:
    return [row.id for row in rows]


@pytest.mark.parametrize("row", ROWS, ids=ids(ROWS))
def test_verdict_has_exactly_these_reasons(row):
    found = row.verdict()
    assert (found.codes, found.eligible) == (sorted(row.codes.split()), not row.codes)
    assert all(found.sentences) and len(found.sentences) == len(found.codes)


def test_table_has_at_least_sixty_rows_with_names_of_their_own():
    assert len(set(ids(ROWS))) == len(ROWS) >= 60


def test_verdict_names_in_words_each_thing_that_an_exception_lacks():
    row = Row("", (subject(current=True),), now, leave=SubjectLeave(chaperoned=True))
    assert row.verdict().told == (
        "This person can't be heard on that day. They work for Subject, which the call is about."
        " This programme hears no current employees of that company."
        " No exception signed by compliance holds on that day."
        " A topic card has to say what they may not speak about."
    )


@pytest.mark.parametrize(
    "policy", [YEARLONG, BANKS, fund(bar("Harrow")), fund(no_current_employees=True, calls_per_expert=1)]
)
def test_of_a_fund_s_policy_one_sentence_is_told_whatever_it_holds(policy):
    posts = (at(end="2025-09-18"), subject(current=True))
    away = {"expert": [date(2026, 1, 1)]}
    told = Row("", posts, now, leave=ALL_FOUR, seats=(policy,), elsewhere=away).verdict().told
    assert told == "A participating policy bars this person on 18 March 2026. Choose another day or another expert."
