"""What an expert does through a link: each act spends the link, and tells which one comes next.

Whatever stands in the way is told in words that name nobody: who else is busy, which rule bars a day and which segment is
full are the firm's business. A link whose act could not be done stays open.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from accounts import audit
from accounts.moves import IllegalMove, Invalid, now
from interviews.expert_words import in_words
from interviews.models import ConsentPurpose, ExpertLink, HoursException, Interview, LinkPurpose, ScreeningQuestion
from interviews.services import availability, candidates, conduct, consent, hours, links, questionnaires, scheduling
from interviews.states import CANDIDATE, CandidateState, InterviewState
from interviews.walltime import to_utc, zone_of

VIA = "expert"
AHEAD = timedelta(days=14)
# Nobody can get ready in less; and an offer of one's own hours stays a thing that a person can read.
NOTICE = timedelta(hours=2)
MOST_OFFERS = 5
OFFERED = "Offered for {}"
GONE = "This time can't be booked any more. Please choose another one."
NOT_NOW = "This can't be done at the moment. Please try again in a while, or reply to our e-mail."
L = LinkPurpose


class Done(NamedTuple):
    """What came of an act: a word for the page, the time that holds now, and the link that comes next, if one does."""

    what: str
    starts: str = ""
    next: str = ""
    next_purpose: str = ""


Act = Callable[[ExpertLink], Done]


def _spend(token: str, purposes: Iterable[str], act: Act) -> Done | None:
    """Do one act under its link. None when the link is not open; Invalid or IllegalMove leave the link open.

    The act itself leaves nothing half done when it is refused. That a rule refused it stays on record, which is why its
    refusal ends no transaction here.
    """
    with transaction.atomic():
        link = links.take(token, purposes)
        if link is None:
            return None
        try:
            return act(link)
        except (Invalid, IllegalMove) as wrong:
            links.give_back(link)
            refused = wrong
    raise refused


def _call(link: ExpertLink) -> Interview:
    if link.interview is None:
        raise IllegalMove(NOT_NOW)
    return link.interview


# The invitation -----------------------------------------------------------------------------------------------------


def questions(link: ExpertLink) -> list[ScreeningQuestion]:
    """What is asked of an expert who is interested: of everybody, and of those of their segment."""
    return questionnaires.asked_of(link.candidate)


def accept(*, token: str, answers: Mapping[str, str]) -> Done | None:
    """The expert is interested; `answers` go by the questions' ids. Invalid when one is missing or is none of the options."""

    @transaction.atomic
    def act(link: ExpertLink) -> Done:
        if answers:
            questionnaires.answer(link.candidate, {UUID(key): text for key, text in answers.items()}, by=None)
        else:
            # Nothing is asked; a person looks at who it is all the same.
            CANDIDATE.make(link.candidate, CandidateState.SCREENED, screened_at=now())
            audit.record(link.candidate.programme.chain, "candidate-interested", link.candidate, by=None)
        return Done("interested")

    return _spend(token, [L.INVITE], act)


def decline(*, token: str, never: bool) -> Done | None:
    """The expert says no to this call, or to every one: nobody writes to them again then."""

    @transaction.atomic
    def act(link: ExpertLink) -> Done:
        if never:
            candidates.opt_out(expert=link.candidate.expert, by=None)
        else:
            candidates.decline(candidate=link.candidate, by=None)
        links.close_all(link.candidate, by=None)
        return Done("never" if never else "declined")

    return _spend(token, [L.INVITE], act)


# A time -------------------------------------------------------------------------------------------------------------


def open_times(interview: Interview, zone: ZoneInfo) -> list[datetime]:
    """The instants that an expert may choose from: two weeks ahead, when everybody who is needed has time."""
    first = (now() + NOTICE).astimezone(zone).date()
    found = availability.open_times(interview, first, first + AHEAD, interview.minutes)
    return [at for at in found if at >= now() + NOTICE and at != interview.starts_at]


def choose(*, token: str, at: datetime, zone: str) -> Done | None:
    """Book the chosen instant, or move the booked call there. `zone` is the expert's own, by its IANA name."""

    def act(link: ExpertLink) -> Done:
        row, there = _call(link), zone_of(zone)
        wall = at.astimezone(there)
        if at not in open_times(row, there):
            raise Invalid(GONE)
        clock = wall.replace(tzinfo=None, fold=0)
        try:
            row = scheduling.book(interview=row, wall=clock, zone=zone, fold=wall.fold, by=None, via=VIA)
        except (Invalid, IllegalMove):
            raise Invalid(GONE) from None
        what = "moved" if link.purpose == L.MANAGE else "booked"
        return Done(what, in_words(at, there), links.carry(row, L.MANAGE), L.MANAGE)

    return _spend(token, [L.CHOOSE, L.MANAGE], act)


def offer(*, token: str, times: Iterable[tuple[date, time, time]], zone: str) -> Done | None:
    """The expert names hours of their own, since no time fits: on a day, from, until, as their clock shows them.

    Invalid for none or too many, for hours that are past, end before they start, leave no room for the call, or begin or end
    at a time that the clock skips.
    """

    @transaction.atomic
    def act(link: ExpertLink) -> Done:
        row = _call(link)
        given = [_stretch(one, zone, row.minutes) for one in times]
        if not 1 <= len(given) <= MOST_OFFERS:
            raise Invalid(f"Give between one and {MOST_OFFERS} stretches of time.")
        note = OFFERED.format(row.label)
        # An offer takes the place of the one before it.
        for old in HoursException.objects.filter(expert=row.expert, note=note):
            hours.unset_day(of=row.expert, day_id=old.pk, by=None, via=VIA)
        for day, start, end in given:
            hours.set_day(of=row.expert, day=day, zone=zone, start=start, end=end, note=note, by=None, via=VIA)
        audit.record(row.programme.chain, "hours-offered", row, by=None, stretches=len(given))
        purpose = LinkPurpose(link.purpose)
        return Done("offered", next=links.SENDERS[purpose](row), next_purpose=purpose)

    return _spend(token, [L.CHOOSE, L.MANAGE], act)


def _stretch(given: tuple[date, time, time], zone: str, minutes: int) -> tuple[date, time, time]:
    day, start, end = given
    if end <= start:
        raise Invalid(f"On {day:%-d %B} the time ends before it starts: check the two.")
    # A time that comes twice is taken at its first: the hours are meant to be read by people.
    opens, closes = (to_utc(datetime.combine(day, clock), zone, fold=0) for clock in (start, end))
    if opens < now() + NOTICE:
        raise Invalid(f"{day:%-d %B}, {start:%H:%M} is past or too soon: choose a later time.")
    if closes - opens < timedelta(minutes=minutes):
        raise Invalid(f"On {day:%-d %B} the time is too short: the call takes {minutes} minutes.")
    return given


# The booked call ----------------------------------------------------------------------------------------------------


def cancel(*, token: str) -> Done | None:
    """Cancel the call; within 24 hours of its time it counts as cancelled late."""

    def act(link: ExpertLink) -> Done:
        row = conduct.cancel(interview=_call(link), by=None, via=VIA)
        return Done("cancelled_late" if row.state == InterviewState.LATE_CANCEL else "cancelled")

    return _spend(token, [L.MANAGE], act)


def attest(*, token: str, seen: str, address: str | None) -> Done | None:
    """Keep that the expert confirmed the statement; `seen` is the fingerprint of the text that stood on the page."""

    def act(link: ExpertLink) -> Done:
        row = _call(link)
        consent.attest(interview=row, method="page", address=address, seen=seen)
        # The same page asks next for what has not been agreed to; consent can be taken back by the same link.
        return Done("attested", next=links.carry(row, L.CONSENT), next_purpose=L.CONSENT)

    return _spend(token, [L.ATTEST], act)


def set_consents(*, token: str, wishes: Mapping[str, bool], seen: Mapping[str, str]) -> Done | None:
    """Give the consents that are wished and take the others back; a purpose that is not named stays as it is.

    `seen` holds the fingerprint of each text that stood on the page. Invalid when nothing is wished.
    """

    @transaction.atomic
    def act(link: ExpertLink) -> Done:
        row = _call(link)
        if not wishes:
            raise Invalid("Say yes or no to at least one of the three.")
        stands = consent.standing(row)
        for purpose in ConsentPurpose.values:
            if wishes.get(purpose):
                consent.give(interview=row, purpose=purpose, method="page", seen=seen.get(purpose, ""))
            elif purpose in wishes and purpose in stands:
                consent.withdraw(interview=row, purpose=purpose)
        return Done("consents", next=links.carry(row, L.CONSENT), next_purpose=L.CONSENT)

    return _spend(token, [L.CONSENT], act)


def instant(text: str) -> datetime:
    """The instant that a form of the page sends. Invalid for anything else."""
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%MZ").replace(tzinfo=UTC)
    except ValueError:
        raise Invalid("Choose one of the times.") from None
