"""Links by which experts, who have no account, do one thing once.

A link holds 256 random bits. The database keeps their keyed digest, so who reads the database can open nothing. Whatever is
not open (never given out, used, run out, taken back, about a call that has changed) is looked up in the same way and found
nothing in the same way.
"""

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.crypto import salted_hmac

from accounts import audit, outbox
from accounts.models import Message, User
from accounts.moves import IllegalMove, Invalid, now
from accounts.roles import Permission as P
from interviews.expert_words import about, in_words
from interviews.models import Candidate, ExpertLink, Interview, LinkPurpose
from interviews.permissions import require_on
from interviews.services import experts
from interviews.services.blocklist import blocked
from interviews.states import TIMED, CandidateState, InterviewState
from research.models import Programme
from research.states import ProgrammeState

L, S = LinkPurpose, InterviewState
# How long a link is open, in hours, where the time of a call doesn't say. A consent can be taken back long after the call.
HOURS = {L.INVITE: 14 * 24, L.CHOOSE: 7 * 24, L.CONSENT: 365 * 24}
LONGEST_HOURS = 365 * 24
OVER = [ProgrammeState.DELIVERED, ProgrammeState.CLOSED]
# Each kind of link is open while what it is about is in such a state.
ALIVE = (
    Q(purpose=L.INVITE, candidate__state__in=[CandidateState.LISTED, CandidateState.INVITED])
    | Q(purpose=L.CHOOSE, interview__state__in=[S.OPEN, S.TENTATIVE])
    | Q(purpose=L.MANAGE, interview__state__in=[S.TENTATIVE, S.BOOKED])
    | Q(purpose=L.ATTEST, interview__state__in=TIMED)
    | Q(purpose=L.CONSENT, interview__isnull=False)
)
# Who asked not to be written to gets no new business; what they agreed to can always be taken back.
WELCOME = Q(purpose=L.CONSENT) | (
    Q(candidate__expert__opted_out_at__isnull=True) & ~Q(candidate__programme__state__in=OVER)
)
TEMPLATES = {purpose: f"expert_{purpose}" for purpose in LinkPurpose.values}


Attached = tuple[str, bytes]


class Sent(NamedTuple):
    """A link of an expert and how it stands, for the firm's pages: never its secret."""

    link: ExpertLink
    state: str
    tone: str


# Giving out ---------------------------------------------------------------------------------------------------------


@transaction.atomic
def issue(
    *,
    candidate: Candidate,
    interview: Interview | None = None,
    purpose: str,
    by: User | None,
    hours: float | None = None,
) -> str:
    """The whole address of a new link. The open one to the same end, if there is one, closes.

    hours: how long it is open; without it as its purpose has it, or until the call. Invalid for a link that lacks its call.
    `by=None` is the expert's own act or the clock.
    """
    return _issue(candidate, interview, purpose, by, hours)[1]


def send_invite(candidate: Candidate, by: User) -> str:
    """Mail the link with which an expert answers an invitation. Whether they may be asked is for the caller to know."""
    return _send(candidate, None, L.INVITE, by)


def send_choose(interview: Interview, by: User | None = None) -> str:
    """Mail the link to choose a time. IllegalMove for a call that needs none."""
    if interview.state not in (S.OPEN, S.TENTATIVE):
        raise IllegalMove(f"This call is {interview.get_state_display().lower()}, so no time is to be chosen.")
    return _send(candidate_of(interview), interview, L.CHOOSE, by)


def send_manage(interview: Interview, by: User | None = None, calendar: tuple[str, bytes] | None = None) -> str:
    """Mail the link to move or cancel a booked call, with its calendar object when there is news of its time."""
    if interview.state not in (S.TENTATIVE, S.BOOKED):
        raise IllegalMove("This call is not booked, so it can't be moved or cancelled.")
    return _send(candidate_of(interview), interview, L.MANAGE, by, calendar)


def send_attest(interview: Interview, by: User | None = None) -> str:
    """Mail the link to the statement before a call."""
    if interview.state not in TIMED:
        raise IllegalMove("This call is not booked, so there is nothing to confirm for it.")
    return _send(candidate_of(interview), interview, L.ATTEST, by)


def send_consent(interview: Interview, by: User | None = None) -> str:
    """Mail the link to give and to withdraw consent."""
    return _send(candidate_of(interview), interview, L.CONSENT, by)


SENDERS = {L.CHOOSE: send_choose, L.MANAGE: send_manage, L.ATTEST: send_attest, L.CONSENT: send_consent}


def carry(interview: Interview, purpose: str) -> str:
    """The address that a page shows beside the mail of this same transaction: of the link just mailed, or of a new one."""
    if not connection.in_atomic_block:
        raise RuntimeError("A link is known only in the transaction that makes it.")
    keys = [mail_key(pk) for pk in _open(interview, [purpose]).values_list("pk", flat=True)]
    posted = Message.objects.filter(key__in=keys, sent_at__isnull=True).exclude(link="").first()
    return posted.link if posted else SENDERS[LinkPurpose(purpose)](interview)


def candidate_of(interview: Interview) -> Candidate:
    """The candidacy that a call belongs to."""
    return Candidate.objects.get(programme=interview.programme_id, expert=interview.expert_id)


def mail_key(link: object) -> str:
    """What makes the e-mail of a link itself."""
    return f"expert-link:{link}"


# Using --------------------------------------------------------------------------------------------------------------


def open_link(token: str) -> ExpertLink | None:
    """The link of this secret while it is open, with what it is about. Every other token costs one digest and one query."""
    rows = ExpertLink.objects.filter(ALIVE, WELCOME, digest=_digest(token), expires_at__gt=now())
    rows = rows.filter(used_at__isnull=True, revoked_at__isnull=True)
    return _around(rows).first()


def take(token: str, purposes: Iterable[str]) -> ExpertLink | None:
    """Spend a link on its one act, in the caller's transaction; None when it is not open, or somebody else was first.

    The call's row is locked first (without a call the programme's), as everybody does who changes a call or a candidate;
    then the link changes under a condition that holds only once.
    """
    found = open_link(token)
    if found is None or found.purpose not in purposes:
        return None
    _lock(found.candidate.programme, found.interview)
    stamp = now()
    still = ExpertLink.objects.filter(pk=found.pk, used_at__isnull=True, revoked_at__isnull=True, expires_at__gt=stamp)
    if not still.update(used_at=stamp):
        return None
    found = _around(ExpertLink.objects.all()).get(pk=found.pk)
    audit.record(found.candidate.programme.chain, "link-used", found, by=None, purpose=found.purpose)
    return found


def give_back(link: ExpertLink) -> None:
    """Open a link again in the transaction that took it: what was wanted could not be done, so nothing was."""
    ExpertLink.objects.filter(pk=link.pk).update(used_at=None)
    audit.record(link.candidate.programme.chain, "link-kept-open", link, by=None, purpose=link.purpose)


# Closing ------------------------------------------------------------------------------------------------------------


def follow(interview: Interview, what: str, *, by: User | None, calendar: tuple[str, bytes] | None = None) -> None:
    """Close the links that a change of a call has made untrue, and mail those that it calls for; the one to move or cancel a
    booked call brings the `calendar` object.

    For the one place through which every change of a call goes. Of calls that are past nobody is written to.
    """
    state = interview.state
    if state in (S.CANCELLED, S.LATE_CANCEL):
        _revoke(interview, LinkPurpose.values, by)
    elif state in (S.OPEN, S.NO_SHOW, S.STOPPED):
        _revoke(interview, [L.MANAGE, L.ATTEST], by)
    elif what in ("booked", "moved"):
        dead = _revoke(interview, LinkPurpose.values, by)
        if interview.starts_at is None or interview.starts_at <= now() or not may_write(interview):
            return
        send_manage(interview, by, calendar)
        if L.CONSENT in dead:
            send_consent(interview, by)
        if L.ATTEST in dead and interview.starts_at - now() <= timedelta(hours=24):
            send_attest(interview, by)


def may_write(interview: Interview) -> bool:
    """True when the expert can be written to: an address is on file, and nobody said to leave them alone."""
    return not blocked(interview.expert) and bool(experts.mail_address(str(interview.expert_id)))


@transaction.atomic
def close_all(candidate: Candidate, *, by: User | None) -> None:
    """Close what an expert who declines, or wants no more mail, still holds; consent can still be taken back."""
    rows = _unspent(ExpertLink.objects.filter(candidate=candidate)).exclude(purpose=L.CONSENT)
    _close(rows, candidate.programme, by)


def sent(interview: Interview) -> list[Sent]:
    """The links of a call and of its candidate's invitation, newest first, each with how it stands."""
    about = Q(interview=interview) | Q(
        interview=None, candidate__programme=interview.programme_id, candidate__expert=interview.expert_id
    )
    return [_standing(link) for link in ExpertLink.objects.filter(about).select_related("by").order_by("-at", "pk")]


# How it is done -----------------------------------------------------------------------------------------------------


def _digest(token: str) -> str:
    return salted_hmac("interviews.expert_link", token, algorithm="sha256").hexdigest()


def _issue(
    candidate: Candidate, interview: Interview | None, purpose: str, by: User | None, hours: float | None = None
) -> tuple[ExpertLink, str]:
    programme = candidate.programme
    if by is not None:
        require_on(by, P.LOG_INTERVIEWS, programme)
    if purpose not in LinkPurpose.values:
        raise Invalid("Say what the link is for.")
    if (interview is None) != (purpose == L.INVITE):
        raise Invalid("An invitation is about no call, and every other link is about one.")
    if interview is not None and (interview.expert_id, interview.programme_id) != (candidate.expert_id, programme.pk):
        raise Invalid("This call is another person's.")
    _lock(programme, interview)
    same = ExpertLink.objects.filter(candidate=candidate, interview=interview, purpose=purpose)
    _close(_unspent(same), programme, by)
    secret = secrets.token_urlsafe(32)
    link = ExpertLink.objects.create(
        candidate=candidate,
        interview=interview,
        purpose=purpose,
        digest=_digest(secret),
        expires_at=_end(interview, purpose, hours),
        by=by,
        at=now(),
    )
    audit.record(programme.chain, "link-issued", link, by=by, purpose=purpose, interview=interview and interview.pk)
    return link, settings.SITE_URL + reverse("expert", args=[secret])


def _end(interview: Interview | None, purpose: str, hours: float | None) -> datetime:
    """When a new link closes by itself."""
    if hours is not None:
        if not 0 < hours <= LONGEST_HOURS:
            raise Invalid(f"A link is open for up to {LONGEST_HOURS} hours.")
        return now() + timedelta(hours=hours)
    if purpose in (L.MANAGE, L.ATTEST):
        if interview is None or interview.starts_at is None:
            raise Invalid("This link needs a call that has a time.")
        # The statement may be given on the page while everybody is waiting in the call.
        late = timedelta(minutes=interview.minutes) if purpose == L.ATTEST else timedelta()
        return interview.starts_at + late
    return now() + timedelta(hours=HOURS[LinkPurpose(purpose)])


@transaction.atomic
def _send(
    candidate: Candidate,
    interview: Interview | None,
    purpose: str,
    by: User | None,
    calendar: tuple[str, bytes] | None = None,
) -> str:
    """Issue a link and write the e-mail that brings it, in one."""
    expert = candidate.expert
    if sentence := blocked(expert):
        raise IllegalMove(sentence)
    if not experts.mail_address(str(expert.pk)):
        raise Invalid("No e-mail address is on file for this person. Add one first.")
    link, url = _issue(candidate, interview, purpose, by)
    words = about(candidate, interview)
    until = in_words(link.expires_at, words["zone"])
    key, to = mail_key(link.pk), experts.addressee(expert)
    outbox.post(to=to, template=TEMPLATES[purpose], key=key, link=url, calendar=calendar, until=until, **words)
    return url


def _lock(programme: Programme, interview: Interview | None) -> None:
    """Lock what a link is about: the row of its call, without one that of the programme. The first lock of everybody."""
    rows = Interview.objects.filter(pk=interview.pk) if interview else Programme.objects.filter(pk=programme.pk)
    list(rows.select_for_update(no_key=True).values_list("pk", flat=True))


def _around(rows):
    """The links with what a page needs of them, in one query."""
    around = ("candidate__programme", "candidate__expert", "interview__programme", "interview__interviewer")
    return rows.select_related(*around, "interview__expert", "interview__chaperone")


def _open(interview: Interview, purposes: Iterable[str]):
    return _unspent(ExpertLink.objects.filter(interview=interview, purpose__in=list(purposes)))


def _unspent(rows):
    return rows.filter(used_at__isnull=True, revoked_at__isnull=True, expires_at__gt=now())


def _revoke(interview: Interview, purposes: Iterable[str], by: User | None) -> set[str]:
    """Close a call's open links of these purposes; the purposes of those that were open."""
    return _close(_open(interview, purposes), interview.programme, by)


def _close(rows, programme: Programme, by: User | None) -> set[str]:
    found = list(rows.values_list("pk", "purpose"))
    for pk, purpose in found:
        if ExpertLink.objects.filter(pk=pk, used_at__isnull=True, revoked_at__isnull=True).update(revoked_at=now()):
            # A letter that has not gone out yet would bring a dead link.
            outbox.drop(mail_key(pk))
            audit.record(programme.chain, "link-revoked", f"expertlink:{pk}", by=by, purpose=purpose)
    return {purpose for _, purpose in found}


def _standing(link: ExpertLink) -> Sent:
    if link.used_at:
        return Sent(link, "Used", "good")
    if link.revoked_at:
        return Sent(link, "Taken back", "plain")
    return Sent(link, "Run out", "warn") if link.expires_at <= now() else Sent(link, "Open", "active")
