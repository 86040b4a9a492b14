"""What every fund receives: built from facts frozen at one moment, signed by two, released to all seats at one instant.

A version's facts are gathered in the transaction that asks for it. A worker draws the files from those facts alone and
freezes them by hash; approval and release look at hash, files and quotes again.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
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
from synthesis.models import Deliverable, DeliverableFile, Reading, ReleasedInterview
from synthesis.report import figures
from synthesis.report.snapshot import InvalidSnapshot, check_quotes, problems, sha256
from synthesis.services import facts
from synthesis.services.access import require_place
from synthesis.states import DELIVERABLE, DeliverableState, DraftState

KIND = "report"
S = DeliverableState
OWN_BUILD = "You had this report built, so another person has to approve it."


@dataclass(frozen=True)
class BuiltFile:
    """One file of a deliverable as it was stored."""

    name: str
    media_type: str
    sha256: str
    size: int


@transaction.atomic
def request_report(*, programme: Programme, by: User) -> Deliverable:
    """Freeze the facts of a new version and have its files made in the background.

    Raises Invalid when no finding is approved, when a finding asks for a figure that can't be counted, and while
    another version is being built.
    """
    require(by, Permission.BUILD_REPORT)
    require_place(by, programme)
    programme = Programme.objects.select_for_update().get(pk=programme.pk)
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
        programme=programme, version=newest + 1, snapshot=snapshot, built_by=by, built_at=built_at
    )
    audit.record(programme.chain, "report-requested", deliverable, by=by, version=deliverable.version)
    _queue(deliverable, by)
    return deliverable


@transaction.atomic
def retry_report(*, deliverable: Deliverable, by: User) -> Deliverable:
    """Have the files of a version made again whose building failed; its facts stay those of its first moment."""
    require(by, Permission.BUILD_REPORT)
    deliverable = _lock(deliverable, by)
    DELIVERABLE.make(deliverable, S.BUILDING, message="")
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
    instant = now()
    DELIVERABLE.make(deliverable, S.RELEASED, released_by=by, released_at=instant)
    body = {"version": deliverable.version, "sha256": deliverable.sha256, "released_at": instant.isoformat()}
    for seat in _live_seats(deliverable.programme):
        audit.record(seat.chain_of(seat.fund_id), "report-released", deliverable, by=None, **body)
    if deliverable.programme.state == ProgrammeState.SYNTHESIS:
        programmes.deliver(programme=deliverable.programme, by=by)
    audit.record(deliverable.programme.chain, "report-released", deliverable, by=by, **body)
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
    standing = Deliverable.objects.select_for_update().select_related("programme").filter(interviews__cleared=cleared)
    rows = list(standing.filter(state__in=[S.FROZEN, S.APPROVED, S.RELEASED]))
    for deliverable in rows:
        _recall(deliverable, "The clearance of a transcript in it was recalled.", None)
    return len(rows)


def readers_of(deliverable: Deliverable) -> list[Reading]:
    """Who read a version, newest first: the list that a recall hands to compliance."""
    return list(Reading.objects.filter(deliverable=deliverable).select_related("user", "seat"))


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


def damage(deliverable: Deliverable) -> list[str]:
    """Sentences about everything in which a frozen version no longer is what was frozen."""
    if sha256(deliverable.snapshot) != deliverable.sha256:
        return ["The facts of this version are not those that were frozen: their hash differs."]
    wrong = check_quotes(deliverable.snapshot, _live_texts(deliverable.snapshot, deliverable.programme))
    return wrong + [
        f"The file {row.name} is missing or is not the one that was built."
        for row in deliverable.files.all()
        if read_file(row) is None
    ]


def read_file(row: DeliverableFile) -> bytes | None:
    """The bytes of a file, or None when they are gone or are not those that were stored."""
    try:
        with default_storage.open(row.storage_name) as stored:
            content = stored.read()
    except OSError:
        return None
    return content if hashlib.sha256(content).hexdigest() == row.sha256 else None


def store(name: str, media_type: str, content: bytes) -> BuiltFile:
    """Keep bytes under their hash; the same bytes are kept once. A half-written file of a dead worker is replaced."""
    digest = hashlib.sha256(content).hexdigest()
    built = BuiltFile(name, media_type, digest, len(content))
    row = DeliverableFile(name=name, media_type=media_type, sha256=digest, size=len(content))
    if read_file(row) is None:
        default_storage.delete(row.storage_name)
        default_storage.save(row.storage_name, ContentFile(content))
    return built


def compute(job: Job, progress: Callable[[int, int], None]) -> list[BuiltFile]:
    """Check the quotes, draw the pictures, set the PDF, write the raw data and the manifest; store each by hash."""
    from synthesis.services.bundle import members

    deliverable = Deliverable.objects.select_related("programme").get(pk=job.subject)
    wrong = check_quotes(deliverable.snapshot, _live_texts(deliverable.snapshot, deliverable.programme))
    if wrong:
        raise jobs.Unfit("The report can't be built. " + " ".join(wrong[:3]))
    try:
        return [store(*member) for member in members(deliverable.snapshot, progress)]
    except InvalidSnapshot as invalid:
        raise jobs.Unfit(f"The report can't be built. {invalid}") from invalid


def commit(job: Job, built: list[BuiltFile]) -> None:
    """Freeze a version: its hash, its files and the interviews that are part of it, in the job's fenced transaction."""
    deliverable = Deliverable.objects.select_related("programme").get(pk=job.subject)
    codes = {row["id"] for row in deliverable.snapshot["interviews"]}
    texts = [row for row in facts.evidence(deliverable.programme) if facts.code_of(row.interview_id) in codes]
    DeliverableFile.objects.bulk_create(DeliverableFile(deliverable=deliverable, **vars(row)) for row in built)
    ReleasedInterview.objects.bulk_create(ReleasedInterview(deliverable=deliverable, cleared=row) for row in texts)
    digest = sha256(deliverable.snapshot)
    DELIVERABLE.make(deliverable, S.FROZEN, sha256=digest)
    audit.record(deliverable.programme.chain, "report-frozen", deliverable, by=None, sha256=digest, files=len(built))


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
    return Deliverable.objects.select_for_update().select_related("programme", "built_by").get(pk=deliverable.pk)


def _must_hold(deliverable: Deliverable) -> None:
    if wrong := damage(deliverable):
        raise Invalid("This version can't leave the house; build a new one. " + " ".join(wrong[:3]))


def _recall(deliverable: Deliverable, reason: str, by: User | None) -> None:
    was_released = deliverable.state == S.RELEASED
    DELIVERABLE.make(deliverable, S.RECALLED, message=reason)
    if was_released:
        for seat in _live_seats(deliverable.programme):
            audit.record(seat.chain_of(seat.fund_id), "report-recalled", deliverable, by=None)
    readings = Reading.objects.filter(deliverable=deliverable).count()
    audit.record(deliverable.programme.chain, "report-recalled", deliverable, by=by, readings=readings)


def _live_seats(programme: Programme) -> Any:
    return programme.seats.select_for_update().filter(state=SeatState.ACTIVE).order_by("number")


def _live_texts(snapshot: dict[str, Any], programme: Programme) -> dict[str, str]:
    """The cleared texts that a snapshot names, by code, as far as their clearance stands."""
    codes = {row["id"] for row in snapshot["interviews"]}
    rows = ClearedTranscript.objects.live().filter(programme=programme).order_by("version", "cleared_at")
    return {code: text for code, text in facts.texts_by_code(rows).items() if code in codes}
