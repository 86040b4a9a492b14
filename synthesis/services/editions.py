"""The editions of a version: one for each set of interviews that the policy of a fund on a seat withholds.

An edition is made from the frozen facts and the frozen tally of its version alone, so it may be made late, when a policy
changes, and still is the version that was signed. Which one a fund reads is decided anew at each reading, by its policy of
that moment; while the right one is being made the fund reads nothing.
"""

from collections.abc import Callable, Collection, Iterable
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from accounts import audit, jobs
from accounts.models import Job
from accounts.moves import Invalid, now
from interviews.models import ClearedTranscript
from interviews.services import screening
from research.models import Programme
from research.states import SeatState
from synthesis.models import Deliverable, DeliverableFile, Edition, ReleasedInterview
from synthesis.report.editions import withhold
from synthesis.report.snapshot import InvalidSnapshot, check_quotes, sha256
from synthesis.services import facts
from synthesis.services.files import BuiltFile, read_file, store
from synthesis.states import DeliverableState

KIND = "edition"
S = DeliverableState
STANDING = (S.FROZEN, S.APPROVED, S.RELEASED)


# Which edition ------------------------------------------------------------------------------------------------------


def withheld_from(deliverable: Deliverable, fund_ids: Iterable[UUID]) -> dict[UUID, frozenset[str]]:
    """For each fund the codes of the interviews of a version that its policy withholds, as of this moment."""
    found = screening.withheld(deliverable.programme, fund_ids, _interviews(deliverable))
    return {fund: frozenset(facts.code_of(pk) for pk in interviews) for fund, interviews in found.items()}


def record_checks(deliverable: Deliverable) -> None:
    """Keep for each interview of a version, at its release, what was found against the lists of this moment."""
    screening.record_release(deliverable.programme, seated(deliverable.programme), _interviews(deliverable))


def _interviews(deliverable: Deliverable) -> list[UUID]:
    rows = ReleasedInterview.objects.filter(edition__deliverable=deliverable, edition__number=1)
    return list(rows.values_list("cleared__interview", flat=True))


def edition_of(deliverable: Deliverable, fund_id: UUID) -> Edition | None:
    """The edition that a fund may read now; None while it is being made.

    One that withholds more than the policy asks for, as before it was eased, is read until the other is there.
    """
    asked = withheld_from(deliverable, [fund_id])[fund_id]
    fitting = [row for row in deliverable.editions.frozen().defer("snapshot") if asked <= set(row.withheld)]
    return min(fitting, key=lambda row: (len(row.withheld), row.number), default=None)


def seated(programme: Programme) -> list[UUID]:
    """The funds on active seats."""
    rows = programme.seats.filter(state=SeatState.ACTIVE, fund__isnull=False)
    return list(rows.order_by("number").values_list("fund", flat=True))


# Making -------------------------------------------------------------------------------------------------------------


def make_all(deliverable: Deliverable, texts: Iterable[ClearedTranscript] = ()) -> list[Edition]:
    """Make the editions that are not there yet: the whole one, of these texts, and those that the seats ask for.

    The caller holds the version's row. Their files are made by a job.
    """
    made = []
    if not deliverable.editions.exists():
        made.append(_make(deliverable, frozenset(), texts))
    if not deliverable.tally:
        return made
    there = {frozenset(withheld) for withheld in deliverable.editions.values_list("withheld", flat=True)}
    asked = set(withheld_from(deliverable, seated(deliverable.programme)).values())
    for withheld in sorted(asked - there, key=sorted):
        rows = ReleasedInterview.objects.filter(edition__deliverable=deliverable, edition__number=1)
        left = [row.cleared for row in rows.select_related("cleared") if _code(row.cleared) not in withheld]
        made.append(_make(deliverable, withheld, left))
    return made


def _make(deliverable: Deliverable, withheld: frozenset[str], texts: Iterable[ClearedTranscript]) -> Edition:
    codes = sorted(withheld)
    last = deliverable.editions.aggregate(last=Max("number"))["last"] or 0
    edition = Edition.objects.create(
        deliverable=deliverable,
        number=last + 1,
        withheld=codes,
        key=jobs.fingerprint(codes),
        snapshot=withhold(deliverable.snapshot, deliverable.tally, withheld),
        built_at=now(),
    )
    ReleasedInterview.objects.bulk_create(ReleasedInterview(edition=edition, cleared=row) for row in texts)
    return edition


def _code(cleared: ClearedTranscript) -> str:
    return facts.code_of(cleared.interview_id)


@transaction.atomic
def renew(deliverable: Deliverable) -> int:
    """Make the editions that a policy of now asks of a standing version, and have their files made; how many are new.

    Facts that are no longer those that were frozen make none.
    """
    deliverable = Deliverable.objects.select_for_update(of=("self",)).select_related("programme").get(pk=deliverable.pk)
    if deliverable.state not in STANDING or sha256(deliverable.snapshot) != deliverable.sha256:
        return 0
    made = make_all(deliverable)
    for edition in made:
        jobs.request(KIND, edition.pk, jobs.fingerprint(sha256(edition.snapshot)), scope=deliverable.programme_id)
        audit.record(
            deliverable.programme.chain,
            "edition-made",
            edition,
            by=None,
            version=deliverable.version,
            withheld=len(edition.withheld),
        )
    return len(made)


def renew_for(fund_id: UUID) -> int:
    """A fund's policy changed: make what it asks of the versions that it reads, or soon will; how many are new."""
    return sum(renew(row) for row in _standing(Programme.objects.filter(seats__fund=fund_id)))


def sweep() -> int:
    """Find what no news told of: a seat that became active, a day on which a restriction begins, a lost message."""
    return sum(renew(row) for row in _standing(Programme.objects.filter(seats__state=SeatState.ACTIVE)))


def _standing(programmes: Any) -> list[Deliverable]:
    """The newest released version of each programme, and those on their way."""
    rows = Deliverable.objects.filter(programme__in=programmes, state__in=STANDING).defer("snapshot", "tally")
    newest: dict[UUID, Deliverable] = {}
    found = []
    for row in rows.select_related("programme").order_by("version"):
        if row.state == S.RELEASED:
            newest[row.programme_id] = row
        else:
            found.append(row)
    return [row for row in [*newest.values(), *found] if _asks(row)]


def _asks(deliverable: Deliverable) -> bool:
    """Whether a seat asks for an edition that is not there; looked up before the facts are loaded and locked."""
    there = {frozenset(withheld) for withheld in deliverable.editions.values_list("withheld", flat=True)}
    return bool(set(withheld_from(deliverable, seated(deliverable.programme)).values()) - there)


# Building -----------------------------------------------------------------------------------------------------------


def build(edition: Edition, progress: Callable[[int, int], None]) -> list[BuiltFile]:
    """Check the quotes, draw the pictures, set the PDF, write the raw data and the manifest; store each by hash.

    Raises jobs.Unfit with a sentence when the facts can't be set.
    """
    from synthesis.services.bundle import members

    if wrong := check_quotes(edition.snapshot, live_texts(edition.snapshot, edition.deliverable.programme)):
        raise jobs.Unfit("The report can't be built. " + " ".join(wrong[:3]))
    try:
        return [store(*member) for member in members(edition.snapshot, progress)]
    except InvalidSnapshot as invalid:
        raise jobs.Unfit(f"The report can't be built. {invalid}") from invalid


def freeze(edition: Edition, built: Collection[BuiltFile]) -> None:
    """Note the files of an edition and its hash: from now on it may be read."""
    DeliverableFile.objects.bulk_create(DeliverableFile(edition=edition, **vars(row)) for row in built)
    edition.sha256 = sha256(edition.snapshot)
    Edition.objects.filter(pk=edition.pk).update(sha256=edition.sha256, message="")


def compute(job: Job, progress: Callable[[int, int], None]) -> list[BuiltFile] | None:
    """The files of an edition that was asked for after its version was frozen; None when it is there already."""
    edition = Edition.objects.select_related("deliverable__programme").filter(pk=job.subject, sha256="").first()
    return build(edition, progress) if edition else None


def commit(job: Job, built: list[BuiltFile] | None) -> None:
    """Freeze it, in the job's fenced transaction."""
    edition = Edition.objects.select_related("deliverable__programme").filter(pk=job.subject, sha256="").first()
    if edition is not None and built is not None:
        freeze(edition, built)
        chain = edition.deliverable.programme.chain
        audit.record(chain, "edition-frozen", edition, by=None, sha256=edition.sha256, files=len(built))


def failed(job: Job, sentence: str) -> None:
    """Say on the edition why it could not be built; its funds read nothing until it is."""
    Edition.objects.filter(pk=job.subject, sha256="").update(message=sentence)


# Looking again ------------------------------------------------------------------------------------------------------


def damage(deliverable: Deliverable) -> list[str]:
    """Sentences about everything in which a frozen version or an edition of it no longer is what was frozen."""
    if sha256(deliverable.snapshot) != deliverable.sha256:
        return ["The facts of this version are not those that were frozen: their hash differs."]
    wrong = check_quotes(deliverable.snapshot, live_texts(deliverable.snapshot, deliverable.programme))
    for edition in deliverable.editions.frozen().prefetch_related("files"):
        name = f"Edition {edition.letter}"
        again = withhold(deliverable.snapshot, deliverable.tally, edition.withheld) if deliverable.tally else None
        if edition.sha256 not in {sha256(edition.snapshot)} or (again and sha256(again) != edition.sha256):
            wrong.append(f"{name} is not what the facts of this version give.")
        wrong += [
            f"The file {row.name} of {name} is missing or is not the one that was built."
            for row in edition.files.all()
            if read_file(row) is None
        ]
    return wrong


def live_texts(snapshot: dict[str, Any], programme: Programme) -> dict[str, str]:
    """The cleared texts that a snapshot names, by code, as far as their clearance stands."""
    codes = {row["id"] for row in snapshot["interviews"]}
    rows = ClearedTranscript.objects.live().filter(programme=programme).order_by("version", "cleared_at")
    return {code: text for code, text in facts.texts_by_code(rows).items() if code in codes}


def require_all(deliverable: Deliverable) -> dict[UUID, Edition]:
    """The edition of every fund on a seat; Invalid while one of them is not made."""
    found = {fund: edition_of(deliverable, fund) for fund in seated(deliverable.programme)}
    ready = {fund: edition for fund, edition in found.items() if edition is not None}
    if len(ready) < len(found):
        stuck = deliverable.editions.filter(sha256="").exclude(message="").first()
        raise Invalid(
            stuck.message
            if stuck
            else "An edition of this version is still being made, as a policy has changed. Try again in a minute."
        )
    return ready
