"""What a fund sees, as values that hold nothing else.

Portal pages, portal endpoints and the firm's own preview are drawn from these dataclasses alone. They are made from the
frozen facts of a released version and from the cleared texts that are part of it; no row of an expert, an interview, a
tag or a fund gets through.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404

from accounts.scoping import get_visible, visible
from interviews.models import ClearedTurn
from research import models as research
from synthesis.models import Deliverable, DeliverableFile, Edition, ReleasedInterview
from synthesis.report.charts import status_words
from synthesis.services import editions, facts
from synthesis.services.access import seat_of
from synthesis.services.bundle import MATRIX, TIME_LINE
from synthesis.services.files import read_file
from synthesis.states import DeliverableState

FILE_NOTES = {
    "report.pdf": "The report, set for print",
    "quotes.csv": "Every quote with its finding, for a spreadsheet",
    "quotes.json": "Every quote, word for word",
    "matrix.csv": "People by question, segment and stance, for a spreadsheet",
    "matrix.json": "People by question, segment and stance",
    "interviews.csv": "The interviews by descriptor, with the hash of each transcript",
    "public-record.csv": "Incidents, claims and disagreements, source by source",
    "snapshot.json": "All facts of this version, from which everything else was made",
    "matrix.svg": "Stance by question and segment, as a picture",
    "incidents.svg": "Public incidents by date, as a picture",
    "manifest.json": "Name, size and SHA-256 of every file",
}


@dataclass(frozen=True)
class Programme:
    """A programme by its public side. Before the release only the date of delivery is told; `recomputing` says that the
    fund's own policy changed what it may read, and its edition is being made."""

    public_id: UUID
    title: str
    delivery_on: date
    synthetic: bool
    released_at: datetime | None = None
    recomputing: bool = False


@dataclass(frozen=True)
class Quote:
    """What a person said, who that is in general terms, and where it stands."""

    text: str
    descriptor: str
    segment: str
    stance: str
    basis: str
    interview: str
    turn: int
    time: str
    current_employee: bool
    transcript_id: UUID | None = None

    @property
    def anchor(self) -> str:
        """The turn's place on the page of its transcript, without the letter before it."""
        return str(self.turn)


@dataclass(frozen=True)
class Finding:
    """A sentence of the report; `sentence` still has its placeholders, `rendered` has their figures."""

    name: str
    sentence: str
    rendered: str
    supporting: tuple[Quote, ...]
    contradicting: tuple[Quote, ...]
    register: tuple[Mapping[str, str], ...]


@dataclass(frozen=True)
class Question:
    """A key question with its findings, and with its counts of people in each segment."""

    code: str
    title: str
    text: str
    bear_signpost: str
    bull_signpost: str
    findings: tuple[Finding, ...]
    counts: tuple[Mapping[str, Any], ...]
    everybody: Mapping[str, Any]


@dataclass(frozen=True)
class Sentence:
    """A sentence of a summary, and where it stands."""

    text: str
    turn: int
    time: str


@dataclass(frozen=True)
class Interview:
    """An interview by descriptor and segment, with its approved summary."""

    code: str
    descriptor: str
    segment: str
    held_on: date
    minutes: int
    words: int
    summary: tuple[Sentence, ...]
    transcript_id: UUID | None = None


@dataclass(frozen=True)
class File:
    """A file for download."""

    name: str
    note: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Report:
    """One edition of a frozen version as a page shows it; `withheld` counts what the fund's own policy left out."""

    version: int
    sha256: str
    withheld: int
    built_at: datetime
    programme: Mapping[str, Any]
    answer: tuple[str, ...]
    questions: tuple[Question, ...]
    segments: tuple[Mapping[str, Any], ...]
    interviews: tuple[Interview, ...]
    incidents: tuple[Mapping[str, Any], ...]
    claims: tuple[Mapping[str, Any], ...]
    disagreements: tuple[Mapping[str, Any], ...]
    sources: tuple[Mapping[str, Any], ...]
    method: Mapping[str, Any]
    total: int
    matrix_svg: str = ""
    incidents_svg: str = ""
    files: tuple[File, ...] = ()


@dataclass(frozen=True)
class Turn:
    """One turn of a cleared transcript."""

    index: int
    label: str
    role: str
    time: str
    text: str


@dataclass(frozen=True)
class Transcript:
    """The cleared words of a released interview."""

    interview: Interview
    turns: tuple[Turn, ...]


# What may be seen ---------------------------------------------------------------------------------------------------


def programmes(user: Any) -> list[Programme]:
    """The programmes in which this person's fund has an active seat."""
    rows = list(visible(research.Programme, user).order_by("title"))
    versions = _released(user).filter(programme__in=rows).order_by("version").defer("snapshot", "tally")
    newest = {version.programme_id: version for version in versions}
    ids = [version.pk for version in newest.values()]
    recalled = ReleasedInterview.objects.filter(edition__deliverable__in=ids, cleared__recalled_at__isnull=False)
    gone = set(recalled.values_list("edition__deliverable", flat=True))
    return [
        _programme(row, newest[row.pk] if row.pk in newest and newest[row.pk].pk not in gone else None) for row in rows
    ]


def programme(user: Any, public_id: UUID) -> Programme:
    """One of them, or Http404. Nothing counts as released to a fund while its edition is being made."""
    row = get_visible(research.Programme, user, pk=public_id)
    version = current(user, row.pk)
    if version is None or edition_for(user, version) is not None:
        return _programme(row, version)
    return replace(_programme(row, None), recomputing=True)


def programme_of(edition: Edition) -> Programme:
    """The programme of an edition that is being read."""
    return _programme(edition.deliverable.programme, edition.deliverable)


def current(user: Any, public_id: UUID) -> Deliverable | None:
    """The newest released version that this person may read; None while a text in it is recalled, as no older steps in."""
    versions = _released(user).filter(programme=public_id).select_related("programme").defer("snapshot", "tally")
    newest = versions.order_by("-version").first()
    if newest is None or newest.interviews.filter(cleared__recalled_at__isnull=False).exists():
        return None
    return newest


def edition_for(user: Any, version: Deliverable) -> Edition | None:
    """The edition of a version that this person's fund may read now; None while it is being made, and without a seat."""
    seat = seat_of(user, version.programme_id)
    return editions.edition_of(version, seat.fund_id) if seat and seat.fund_id else None


def _released(user: Any) -> QuerySet[Deliverable]:
    return visible(Deliverable, user).filter(state=DeliverableState.RELEASED)


def released(user: Any, public_id: UUID) -> Edition:
    """The edition that this person may read, or Http404."""
    version = current(user, get_visible(research.Programme, user, pk=public_id).pk)
    found = edition_for(user, version) if version else None
    if found is None:
        raise Http404
    return found


def _programme(row: research.Programme, version: Deliverable | None) -> Programme:
    instant = version.released_at if version else None
    return Programme(row.pk, row.title, row.delivery_on, row.synthetic, instant)


# The report ---------------------------------------------------------------------------------------------------------


def report(edition: Edition, *, linked: bool = True) -> Report:
    """An edition for reading. `linked` puts the transcripts' public ids beside quotes and interviews."""
    snapshot = edition.snapshot
    ids = transcript_ids(edition) if linked else {}
    files = {row.name: row for row in edition.files.all()}
    segments = {row["code"]: row["title"] for row in snapshot["segments"]}
    return Report(
        version=edition.version,
        sha256=edition.sha256,
        withheld=snapshot.get("withheld", 0),
        built_at=datetime.fromisoformat(snapshot["built_at"]),
        programme=snapshot["programme"]
        | {day: date.fromisoformat(snapshot["programme"][day]) for day in ("launch_on", "delivery_on")},
        answer=tuple(snapshot["answer"]),
        questions=tuple(_question(row, snapshot, segments, ids) for row in snapshot["questions"]),
        segments=tuple(snapshot["segments"]),
        interviews=interviews(snapshot, ids),
        incidents=tuple(_with_words(row) for row in snapshot["incidents"]),
        claims=tuple(_with_words(row) for row in snapshot["claims"]),
        disagreements=tuple(snapshot["disagreements"]),
        sources=tuple(snapshot["sources"]),
        method=snapshot["method"],
        total=max((row["total"] for row in snapshot["matrix"] if not row["segment"]), default=0),
        matrix_svg=_picture(files.get(MATRIX)),
        incidents_svg=_picture(files.get(TIME_LINE)),
        files=tuple(File(row.name, FILE_NOTES.get(row.name, ""), row.size, row.sha256) for row in _in_order(files)),
    )


def _in_order(files: Mapping[str, DeliverableFile]) -> list[DeliverableFile]:
    """The report first, then what it was made from; files without a note last."""
    places = {name: place for place, name in enumerate(FILE_NOTES)}
    return sorted(files.values(), key=lambda row: (places.get(row.name, len(places)), row.name))


def transcript_ids(edition: Edition) -> dict[str, UUID]:
    """The public id of each released transcript by the code of its interview."""
    rows = edition.interviews.values_list("cleared__interview", "pk")
    return {facts.code_of(interview): pk for interview, pk in rows}


def interviews(snapshot: Mapping[str, Any], ids: Mapping[str, UUID]) -> tuple[Interview, ...]:
    """The interviews of an edition with their approved summaries, in the order of the calls."""
    segments = {row["code"]: row["title"] for row in snapshot["segments"]}
    return tuple(_interview(row, segments, ids) for row in snapshot["interviews"])


def _interview(row: Mapping[str, Any], segments: Mapping[str, str], ids: Mapping[str, UUID]) -> Interview:
    return Interview(
        code=row["id"],
        descriptor=row["descriptor"],
        segment=segments[row["segment"]],
        held_on=date.fromisoformat(row["held_on"]),
        minutes=row["minutes"],
        words=row["words"],
        summary=tuple(Sentence(s["text"], s["turn"], clock(s["time_ms"])) for s in row["summary"]),
        transcript_id=ids.get(row["id"]),
    )


def _question(row: Mapping, snapshot: Mapping, segments: Mapping[str, str], ids: Mapping[str, UUID]) -> Question:
    cells = [cell for cell in snapshot["matrix"] if cell["question"] == row["code"]]
    return Question(
        **row,
        findings=tuple(_finding(f, segments, ids) for f in snapshot["findings"] if f["question"] == row["code"]),
        counts=tuple({**cell, "title": segments[cell["segment"]]} for cell in cells if cell["segment"]),
        everybody=next(cell for cell in cells if not cell["segment"]),
    )


def _finding(row: Mapping[str, Any], segments: Mapping[str, str], ids: Mapping[str, UUID]) -> Finding:
    return Finding(
        name=row["id"],
        sentence=row["sentence"],
        rendered=row["rendered"],
        supporting=tuple(quote(said, segments, ids) for said in row["supporting"]),
        contradicting=tuple(quote(said, segments, ids) for said in row["contradicting"]),
        register=tuple({**item, "status": status_words(item["status"])} for item in row["register"]),
    )


def quote(row: Mapping[str, Any], segments: Mapping[str, str], ids: Mapping[str, UUID]) -> Quote:
    """A quote of the snapshot for reading."""
    same = ("text", "descriptor", "stance", "basis", "interview", "turn", "current_employee")
    return Quote(
        **{name: row[name] for name in same},
        segment=segments[row["segment"]],
        time=clock(row["time_ms"]),
        transcript_id=ids.get(row["interview"]),
    )


def _with_words(item: Mapping[str, Any]) -> dict[str, Any]:
    reports = [{**report, "status": status_words(report["status"])} for report in item["reports"]]
    return {**item, "reports": reports}


def _picture(row: Any) -> str:
    """A picture of the version for its page; empty when its file is not what was frozen."""
    content = read_file(row) if row else None
    return content.decode() if content else ""


def clock(milliseconds: int | None) -> str:
    """A time of a call as people read it, 1:02:03 or 4:05; empty when the recorder gave none."""
    if milliseconds is None:
        return ""
    minutes, seconds = divmod(milliseconds // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


# The transcripts ----------------------------------------------------------------------------------------------------


def transcript(edition: Edition, transcript_id: UUID) -> Transcript:
    """The cleared words of one released interview, or Http404."""
    live = edition.interviews.filter(pk=transcript_id, cleared__recalled_at__isnull=True)
    row = live.select_related("cleared").first()
    if row is None:
        raise Http404
    code = facts.code_of(row.cleared.interview_id)
    listed = {interview.code: interview for interview in interviews(edition.snapshot, {code: row.pk})}
    return Transcript(listed[code], tuple(_turn(turn, row.cleared.text) for turn in row.cleared.turns.all()))


def as_text(transcript: Transcript) -> str:
    """A transcript for a plain file: who it is in general terms, then a paragraph a turn."""
    row = transcript.interview
    head = f"{row.descriptor}\n{row.segment}, {row.held_on.isoformat()}, {row.minutes} minutes\n"
    turns = [f"[{turn.time or turn.index}] {turn.label}: {turn.text}" for turn in transcript.turns]
    return "\n\n".join([head.rstrip(), *turns]) + "\n"


def _turn(turn: ClearedTurn, text: str) -> Turn:
    return Turn(turn.index, turn.label, turn.role, clock(turn.start_ms), text[turn.start : turn.end])
