"""Candidates: an expert in a programme, from the list to being heard."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.formats import date_format
from django.utils.timezone import localdate

from accounts import audit
from accounts.models import User
from accounts.moves import IllegalMove, Invalid, now
from accounts.permissions import Refused
from accounts.roles import Permission as P
from interviews.models import Candidate, Contact, Expert, IdentityKey, Interview, KeyKind
from interviews.permissions import require_on
from interviews.services import experts
from interviews.services.blocklist import blocked
from interviews.services.descriptors import redescribe
from interviews.services.experts import Employment, Identity, Newcomer
from interviews.services.identities import likely_same
from interviews.states import CANDIDATE, CandidateState, InterviewState
from research.models import Programme, Segment
from research.states import ProgrammeState

OVER = {ProgrammeState.DELIVERED, ProgrammeState.CLOSED}
PRIORITIES = {1: "First", 2: "Next", 3: "Last"}
SPOKEN = (InterviewState.HELD, InterviewState.ENDED_EARLY, InterviewState.STOPPED)
# Still being asked, or answering.
ASKED = (CandidateState.LISTED, CandidateState.INVITED, CandidateState.SCREENED)
MAIL = "mail"


class LikelySame(Invalid):
    """Somebody on file may be the person who is entered; a person has to say. `people` are those on file."""

    def __init__(self, people: Sequence[Expert]):
        super().__init__(
            "Somebody of nearly this name with the same employer is on file. Say whether it is the same person."
        )
        self.people = list(people)


@dataclass(frozen=True)
class Recruit:
    """One person to be taken into a programme, and for which segment."""

    segment: Segment
    person: Newcomer
    source: str = ""
    priority: int = 2


@dataclass(frozen=True)
class Recruited:
    """A candidate, and whether the person was on file (`known`) or in this programme already (`already`)."""

    candidate: Candidate
    known: bool
    already: bool

    @property
    def sentence(self) -> str:
        """What was done, for who did it; it tells nothing of who the person is."""
        if self.already:
            return "This person is in the programme already; nothing was added twice."
        if self.known:
            return "This person was on file already and is in the programme now; no second record was made."
        return "The expert is in the programme. The identity is sealed."


def ensure(programme: Programme, expert: Expert, segment: Segment, *, by: User | None) -> Candidate:
    """The expert's candidacy in this programme, made on the first call. The caller holds the programme's row."""
    candidate, new = Candidate.objects.get_or_create(
        programme=programme,
        expert=expert,
        defaults={"segment": segment, "descriptor": expert.descriptor, "added_by": by},
    )
    if new:
        redescribe(programme)
        candidate.refresh_from_db(fields=["descriptor"])
    return candidate


@transaction.atomic
def recruit(
    *,
    programme: Programme,
    segment: Segment,
    by: User,
    identity: Identity | None = None,
    posts: Sequence[Employment] = (),
    about: int | None = None,
    on: date | None = None,
    zone: str = "Europe/London",
    source: str = "",
    priority: int = 2,
    same_as: UUID | None = None,
    sure: bool = False,
) -> Recruited:
    """Take a person into a programme, by the record on file where a key of theirs is known.

    Raises LikelySame when somebody on file may be the same person, until `same_as` names that expert or `sure` says that
    it is another. Invalid for a person whom nobody may contact.
    """
    person = Newcomer(identity, tuple(posts), about, zone, same_as)
    if (same_as or not sure) and identity is not None:
        people = likely(programme, [person], by=by)[0]
        if same_as and same_as not in {expert.pk for expert in people}:
            raise Invalid("That expert is not likely the same person: choose one of those shown.")
        if people and not same_as:
            raise LikelySame(people)
    return recruit_all(programme, [Recruit(segment, person, source, priority)], by=by, on=on)[0]


def likely(programme: Programme, people: Sequence[Newcomer], *, by: User) -> list[list[Expert]]:
    """For each person those on file who may be the same; none for a person whose key is known, who is found anyway."""
    require_on(by, P.LOG_INTERVIEWS, programme)
    known = experts.known_keys(people)
    asked = [(person.identity.name if person.identity else "", [p.company for p in person.posts]) for person in people]
    found = likely_same(asked)
    return [[] if is_known else same for is_known, same in zip(known, found, strict=True)]


@transaction.atomic
def recruit_all(
    programme: Programme, people: Sequence[Recruit], *, by: User, on: date | None = None
) -> list[Recruited]:
    """Take people into a programme, all or none."""
    programme = Programme.objects.select_for_update(no_key=True).get(pk=programme.pk)
    require_on(by, P.LOG_INTERVIEWS, programme)
    if programme.state in OVER:
        raise IllegalMove(f"This programme is {programme.get_state_display().lower()}, so nobody can be added.")
    for one in people:
        _check(programme, one.segment, one.priority, one.source)
    entered = experts.enter(programme, [one.person for one in people], by=by, on=on)
    here = {row.expert_id: row for row in Candidate.objects.filter(programme=programme)}
    done, new = [], []
    for one, person in zip(people, entered, strict=True):
        already = person.expert.pk in here
        if not already:
            fresh_row = Candidate(
                programme=programme,
                expert=person.expert,
                segment=one.segment,
                about=person.about,
                descriptor=person.expert.descriptor,
                priority=one.priority,
                source=one.source,
                added_by=by,
                added_at=now(),
            )
            here[person.expert.pk] = fresh_row
            new.append(fresh_row)
        done.append(Recruited(here[person.expert.pk], person.known, already))
    Candidate.objects.bulk_create(new)
    redescribe(programme)
    fresh = dict(Candidate.objects.filter(programme=programme).values_list("pk", "descriptor"))
    for recruited in done:
        recruited.candidate.descriptor = fresh[recruited.candidate.pk]
    if len(done) == 1:
        row = done[0].candidate
        audit.record(programme.chain, "candidate-added", row, by=by, expert=row.expert_id)
    return done


def _check(programme: Programme, segment: Segment, priority: int, source: str) -> None:
    if segment.programme_id != programme.pk:
        raise Invalid("This segment belongs to another programme: choose one of this programme's segments.")
    if priority not in PRIORITIES:
        raise Invalid("Give the priority as 1 (heard first), 2 or 3 (heard last).")
    if len(source) > 80:
        raise Invalid("Tell the source in at most 80 characters.")


def contactable(expert: Expert) -> str | None:
    """Why nobody may contact this expert now, as a sentence, or None: blocklist, their own wish, or enough for now."""
    return blocked(expert) or tired(expert)


def tired(expert: Expert) -> str | None:
    """Why this expert has been asked or heard enough for now, over all programmes, as a sentence, or None."""
    rest = timedelta(days=settings.EXPERT_REST_DAYS)
    since = now() - rest
    spoken = Interview.objects.filter(expert=expert, state__in=SPOKEN, starts_at__gt=since).order_by("-starts_at")
    asked = Contact.objects.filter(expert=expert, at__gt=since).order_by("-at")
    for what, times, most in (
        ("heard", list(spoken.values_list("starts_at", flat=True)), settings.EXPERT_CALLS),
        ("contacted", list(asked.values_list("at", flat=True)), settings.EXPERT_CONTACTS),
    ):
        if len(times) >= most:
            again = date_format(localdate(times[most - 1] + rest), "j F Y")
            count = "once" if len(times) == 1 else f"{len(times)} times"
            return (
                f"This person was {what} {count} in the last {settings.EXPERT_REST_DAYS} days. Ask again from {again}."
            )
    return None


@transaction.atomic
def invite(*, candidate: Candidate, by: User) -> Candidate:
    """Write to a candidate with a link to their own page; to one who was invited, write again.

    Refuses whom nobody may contact, and who has no e-mail address on file.
    """
    from interviews.services import links

    candidate = _approached(candidate, by)
    if not IdentityKey.objects.filter(expert=candidate.expert, kind=KeyKind.EMAIL).exists():
        raise Invalid("No e-mail address is on file for this person. Add one, or note a call or another way instead.")
    _contact(candidate, MAIL, by)
    links.send_invite(candidate, by)
    audit.record(candidate.programme.chain, "candidate-invited", candidate, by=by, channel=MAIL)
    return candidate


@transaction.atomic
def note_contact(*, candidate: Candidate, channel: str, by: User) -> Candidate:
    """Note that a candidate was asked in a call or another way; it counts like a mail."""
    if channel not in ("call", "other"):
        raise Invalid("Say whether it was a call or another way.")
    candidate = _approached(candidate, by)
    _contact(candidate, channel, by)
    audit.record(candidate.programme.chain, "candidate-invited", candidate, by=by, channel=channel)
    return candidate


def _approached(candidate: Candidate, by: User) -> Candidate:
    """The candidate, locked with the expert, when they may be contacted; else a refusal."""
    candidate = _locked(candidate, by)
    expert = Expert.objects.select_for_update().get(pk=candidate.expert_id)
    if candidate.programme.state in OVER:
        raise IllegalMove(
            f"This programme is {candidate.programme.get_state_display().lower()}, so nobody is asked any more."
        )
    if sentence := contactable(expert):
        raise Invalid(sentence)
    return candidate


def _contact(candidate: Candidate, channel: str, by: User) -> Contact:
    if candidate.state != CandidateState.INVITED:
        again = candidate.state == CandidateState.DECLINED
        CANDIDATE.make(candidate, CandidateState.INVITED, invited_at=now())
        if again:
            redescribe(candidate.programme)
    return Contact.objects.create(
        expert_id=candidate.expert_id, programme=candidate.programme, channel=channel, by=by, at=now()
    )


@transaction.atomic
def decline(*, candidate: Candidate, by: User | None) -> Candidate:
    """The candidate does not want to take part. by: None when they said so themselves, through a link."""
    candidate = _locked(candidate, by)
    CANDIDATE.make(candidate, CandidateState.DECLINED)
    redescribe(candidate.programme)
    audit.record(candidate.programme.chain, "candidate-declined", candidate, by=by)
    return candidate


@transaction.atomic
def opt_out(*, expert: Expert, by: User | None) -> Expert:
    """Note that an expert asked never to be contacted again; where they were still being asked, they have declined.

    by: None when they said so themselves, through a link. It is never taken back: whoever changes their mind writes to the firm.
    """
    asked = Candidate.objects.filter(expert=expert, state__in=ASKED).order_by("programme")
    programmes = Programme.objects.filter(candidates__in=asked)
    list(programmes.select_for_update(of=("self",), no_key=True).order_by("pk"))
    expert = Expert.objects.select_for_update().get(pk=expert.pk)
    if by is not None and not Expert.objects.visible_to(by).filter(pk=expert.pk).exists():
        raise Refused("Only the team of this person's programmes may note that.")
    if expert.opted_out_at is not None:
        return expert
    expert.opted_out_at = now()
    expert.save(update_fields=["opted_out_at"])
    for row in asked.select_related("programme"):
        CANDIDATE.make(row, CandidateState.DECLINED)
        redescribe(row.programme)
    audit.record(audit.HOUSE, "expert-opted-out", expert, by=by)
    return expert


@transaction.atomic
def set_priority(*, candidate: Candidate, priority: int, by: User) -> Candidate:
    """Say how soon a candidate is to be heard: 1 first, 3 last."""
    candidate = _locked(candidate, by)
    _check(candidate.programme, candidate.segment, priority, "")
    candidate.priority = priority
    candidate.save(update_fields=["priority"])
    audit.record(candidate.programme.chain, "candidate-ranked", candidate, by=by, priority=priority)
    return candidate


def _locked(candidate: Candidate, by: User | None) -> Candidate:
    """The candidate's row, locked after the programme's, so that descriptors can be written anew."""
    Programme.objects.select_for_update(no_key=True).get(pk=candidate.programme_id)
    row = Candidate.objects.select_for_update(of=("self",)).select_related("programme", "segment", "expert")
    candidate = row.get(pk=candidate.pk)
    if by is not None:
        require_on(by, P.LOG_INTERVIEWS, candidate.programme)
    return candidate
