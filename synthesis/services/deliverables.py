"""What every fund receives: built from facts frozen at one moment, signed by two, released to all seats at one instant.

A version's facts are gathered in the transaction that asks for it. A worker draws the files from those facts alone and
freezes them by hash; approval and release look at hash, files and quotes again. What a fund reads is the edition of the
version that its policy asks for (`editions`).
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from accounts import audit, jobs
from accounts.models import Job, User
from accounts.moves import IllegalMove, Invalid, now
from accounts.permissions import refusal, require, require_other
from accounts.roles import Permission
from interviews.models import ClearedTranscript
from research.models import Programme
from research.services import programmes
from research.states import ProgrammeState, SeatState
from synthesis.models import Deliverable, Edition, Reading, ReleasedInterview
from synthesis.report import figures
from synthesis.report.snapshot import problems, sha256
from synthesis.services import editions, facts, tally
from synthesis.services.access import require_place
from synthesis.services.files import BuiltFile
from synthesis.states import DELIVERABLE, DeliverableState, DraftState

KIND = "report"
S = DeliverableState
OWN_BUILD = "You had this report built, so another person has to approve it."


@transaction.atomic
def request_report(*, programme: Programme, by: User) -> Deliverable:
    """Freeze the facts of a new version and have its files made in the background.

    Raises Invalid when no finding is approved, when a finding asks for a figure that can't be counted, and while
    another version is being built.
    """
    require(by, Permission.BUILD_REPORT)
    require_place(by, programme)
    programme = Programme.objects.select_for_update(no_key=True).get(pk=programme.pk)
    if sentence := build_obstacle(programme):
        raise Invalid(sentence)
    newest = programme.deliverables.aggregate(newest=Max("version"))["newest"] or 0
    built_at = now().replace(microsecond=0)
    try:
        snapshot = facts.gather(programme, version=newest + 1, built_at=built_at)
    except figures.UnknownFigure as unknown:
        raise Invalid(f"A sentence asks for a figure that can't be counted any more. {unknown}") from unknown
    if wrong := [*problems(snapshot), *figures.check_figures(snapshot)]:
        raise Invalid("The report can't be built. " + " ".join(wrong[:3]))
    deliverable = Deliverable.objects.create(
        programme=programme,
        version=newest + 1,
        snapshot=snapshot,
        tally=tally.take(programme),
        built_by=by,
        built_at=built_at,
    )
    editions.make_all(deliverable, facts.evidence(programme))
    audit.record(programme.chain, "report-requested", deliverable, by=by, version=deliverable.version)
    _queue(deliverable, by)
    return deliverable


@transaction.atomic
def retry_report(*, deliverable: Deliverable, by: User) -> Deliverable:
    """Have the files of a version made again whose building failed; its facts stay those of its first moment."""
    require(by, Permission.BUILD_REPORT)
    deliverable = _lock(deliverable, by)
    DELIVERABLE.make(deliverable, S.BUILDING, message="")
    editions.make_all(deliverable)
    audit.record(deliverable.programme.chain, "report-requested", deliverable, by=by, version=deliverable.version)
    _queue(deliverable, by)
    return deliverable


@transaction.atomic
def approve_report(*, deliverable: Deliverable, by: User) -> Deliverable:
    """Give the second signature, after hash, files and every quote were looked at again."""
    require(by, Permission.APPROVE_REPORT)
    deliverable = _lock(deliverable, by)
    require_other(by, deliverable.built_by, sentence=OWN_BUILD)
    if sentence := DELIVERABLE.obstacle(deliverable.state, S.APPROVED):
        raise IllegalMove(sentence)
    _must_hold(deliverable)
    DELIVERABLE.make(deliverable, S.APPROVED, approved_by=by, approved_at=now())
    audit.record(deliverable.programme.chain, "report-approved", deliverable, by=by, sha256=deliverable.sha256)
    return deliverable


@transaction.atomic
def release(*, deliverable: Deliverable, by: User) -> Deliverable:
    """Open a version to every active seat at one instant. Raises IllegalMove while it has one signature only.

    A programme in synthesis is delivered by it; one still in the field goes on, and this version is an interim one.
    """
    require(by, Permission.RELEASE)
    deliverable = _lock(deliverable, by)
    if sentence := release_obstacle(deliverable):
        raise IllegalMove(sentence)
    _must_hold(deliverable)
    seats = list(_live_seats(deliverable.programme))
    read = editions.require_all(deliverable)
    editions.record_checks(deliverable)
    instant = now()
    DELIVERABLE.make(deliverable, S.RELEASED, released_by=by, released_at=instant)
    body = {"version": deliverable.version, "sha256": deliverable.sha256, "released_at": instant.isoformat()}
    for seat in seats:
        # One instant on every chain: the moments of writing would tell a fund which seat it has.
        own = body | {"sha256": read[seat.fund_id].sha256}
        audit.record(seat.chain_of(seat.fund_id), "report-released", deliverable, by=None, at=instant, **own)
    if deliverable.programme.state == ProgrammeState.SYNTHESIS:
        programmes.deliver(programme=deliverable.programme, by=by)
    audit.record(deliverable.programme.chain, "report-released", deliverable, by=by, **body)
    transaction.on_commit(audit.anchor, robust=True)
    return deliverable


@transaction.atomic
def recall(*, deliverable: Deliverable, reason: str, by: User) -> Deliverable:
    """Take a version back from every seat at once; nothing is deleted. The reason stays inside the firm."""
    require(by, Permission.RELEASE)
    deliverable = _lock(deliverable, by)
    reason = " ".join(reason.split())
    if not reason:
        raise Invalid("Say why this report is recalled. The reason stays inside the firm.")
    _recall(deliverable, reason, by)
    return deliverable


@transaction.atomic
def recall_built_on(cleared: ClearedTranscript) -> int:
    """Recall every standing version that holds a text whose clearance was recalled; the number recalled.

    Called upon the news of a recalled clearance. A version that is still being built fails at its own check of quotes.
    """
    built = ReleasedInterview.objects.filter(cleared=cleared).values("edition__deliverable")
    standing = Deliverable.objects.select_for_update(of=("self",)).select_related("programme").filter(pk__in=built)
    rows = list(standing.filter(state__in=editions.STANDING))
    for deliverable in rows:
        _recall(deliverable, "The clearance of a transcript in it was recalled.", None)
    return len(rows)


def readers_of(deliverable: Deliverable) -> list[Reading]:
    """Who read a version, newest first: the list that a recall hands to compliance."""
    return list(Reading.objects.filter(deliverable=deliverable).select_related("user"))


def build_obstacle(programme: Programme) -> str | None:
    """Why no report can be built now, or None."""
    if programme.deliverables.filter(state=S.BUILDING).exists():
        return "A version is being built right now. Wait until it is done."
    if not programme.findings.filter(state=DraftState.APPROVED).exists():
        return "No finding is approved yet. A report is built from approved findings only."
    return None


def approval_refusal(deliverable: Deliverable, by: User) -> str | None:
    """Why this person may not approve this version now, or None."""
    own = OWN_BUILD if deliverable.built_by_id == by.pk else None
    return refusal(by, Permission.APPROVE_REPORT) or own or DELIVERABLE.obstacle(deliverable.state, S.APPROVED)


def release_obstacle(deliverable: Deliverable) -> str | None:
    """Why this version can't be released now, or None."""
    if deliverable.state == S.FROZEN:
        return "This report has one signature, and a release needs two. Another person must approve it first."
    return DELIVERABLE.obstacle(deliverable.state, S.RELEASED)


def compute(job: Job, progress: Callable[[int, int], None]) -> dict[UUID, list[BuiltFile]]:
    """The files of every edition of a version that has none yet, by edition."""
    rows = Edition.objects.filter(deliverable_id=job.subject, sha256="").select_related("deliverable__programme")
    waiting = list(rows)
    return {row.pk: editions.build(row, _part(progress, at, len(waiting))) for at, row in enumerate(waiting)}


def _part(progress: Callable[[int, int], None], at: int, parts: int) -> Callable[[int, int], None]:
    """The progress of one of several equal parts, told as that of the whole."""
    return lambda done, total: progress(at * total + done, parts * total)


def commit(job: Job, built: dict[UUID, list[BuiltFile]]) -> None:
    """Freeze a version: its hash, and the hashes and files of its editions, in the job's fenced transaction."""
    deliverable = Deliverable.objects.select_related("programme").get(pk=job.subject)
    for edition in deliverable.editions.filter(pk__in=built):
        editions.freeze(edition, built[edition.pk])
    digest = sha256(deliverable.snapshot)
    DELIVERABLE.make(deliverable, S.FROZEN, sha256=digest)
    files = sum(len(rows) for rows in built.values())
    audit.record(deliverable.programme.chain, "report-frozen", deliverable, by=None, sha256=digest, files=files)


def failed(job: Job, sentence: str) -> None:
    """Say on the version itself why it could not be built."""
    deliverable = Deliverable.objects.select_related("programme").filter(pk=job.subject, state=S.BUILDING).first()
    if deliverable is not None:
        DELIVERABLE.make(deliverable, S.FAILED, message=sentence)
        audit.record(deliverable.programme.chain, "report-failed", deliverable, by=None)


def _queue(deliverable: Deliverable, by: User) -> None:
    inputs = jobs.fingerprint(sha256(deliverable.snapshot))
    jobs.request(KIND, deliverable.pk, inputs, scope=deliverable.programme_id, by=by)


def _lock(deliverable: Deliverable, by: User) -> Deliverable:
    require_place(by, deliverable.programme)
    # The programme before its seats, as whoever gives or frees a seat does; a key of it may still be written meanwhile.
    Programme.objects.select_for_update(no_key=True).get(pk=deliverable.programme_id)
    rows = Deliverable.objects.select_for_update(of=("self",)).select_related("programme", "built_by")
    return rows.get(pk=deliverable.pk)


def _must_hold(deliverable: Deliverable) -> None:
    if wrong := editions.damage(deliverable):
        raise Invalid("This version can't leave the house; build a new one. " + " ".join(wrong[:3]))


def _recall(deliverable: Deliverable, reason: str, by: User | None) -> None:
    was_released = deliverable.state == S.RELEASED
    DELIVERABLE.make(deliverable, S.RECALLED, message=reason)
    if was_released:
        instant = now()
        for seat in _live_seats(deliverable.programme):
            audit.record(seat.chain_of(seat.fund_id), "report-recalled", deliverable, by=None, at=instant)
    readings = Reading.objects.filter(deliverable=deliverable).count()
    audit.record(deliverable.programme.chain, "report-recalled", deliverable, by=by, readings=readings)


def _live_seats(programme: Programme) -> Any:
    return programme.seats.select_for_update().filter(state=SeatState.ACTIVE).order_by("number")
