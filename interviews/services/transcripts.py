"""Transcripts: bytes kept before a row names them, read in the background, their speakers named by a person."""

import time
import unicodedata
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from django.db import IntegrityError, transaction

from accounts import audit, jobs
from accounts.models import Job, JobState, User
from accounts.moves import IllegalMove, Invalid
from accounts.roles import Permission as P
from interviews.importers import IMPORTER_VERSION, Parsed
from interviews.models import Interview, Speaker, Transcript, Turn
from interviews.permissions import mapping_refusal, refuse_if, require_on
from interviews.sources import Kept
from interviews.states import PARSE, TRANSCRIPT, InterviewState, SpeakerRole, TranscriptState

TOOK_PLACE = {InterviewState.HELD, InterviewState.STOPPED}
NOBODY_NAMED = (
    "This file does not say who speaks, so its words can't be evidence: upload it with speaker lines (Name: text) or an"
    " export that names the speakers."
)
MAP_EXPERT = "Say which speaker is the expert: only an expert's words can be evidence."
REVIEWED = "The first review has passed these speakers: send the transcript back at the clearance desk to change them."


@dataclass(frozen=True)
class Received:
    """The row of an uploaded file; `new` is False when the same bytes were here already."""

    transcript: Transcript
    new: bool


def display_name(filename: str) -> str:
    """A file's name as it may be shown: no folders, no control characters, at most 200 characters."""
    last = PurePosixPath(filename.replace("\\", "/")).name
    shown = "".join(char for char in last if unicodedata.category(char)[0] != "C").strip()
    return shown[-200:] or "transcript"


def find(programme_id: uuid.UUID, sha256: str) -> Transcript | None:
    """The transcript of these bytes in a programme, or None."""
    return Transcript.objects.filter(programme_id=programme_id, sha256=sha256).select_related("interview").first()


@transaction.atomic
def receive_upload(*, interview: Interview, kept: Kept, filename: str, by: User) -> Received:
    """Take in a file whose bytes were kept (interviews.sources.keep) and have it read. Same bytes, same row."""
    interview = Interview.objects.select_for_update().get(pk=interview.pk)
    programme = interview.programme
    require_on(by, P.UPLOAD_TRANSCRIPTS, programme)
    if there := find(programme.pk, kept.sha256):
        return Received(there, False)
    if interview.state not in TOOK_PLACE:
        state = interview.get_state_display().lower()
        raise IllegalMove(
            f"{interview.label} is {state}: a transcript belongs to a call that was held. Log the call first."
        )
    row = Transcript(
        programme=programme,
        interview=interview,
        filename=display_name(filename),
        size=kept.size,
        sha256=kept.sha256,
        uploaded_by=by,
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        # Another request was first with the same bytes.
        there = find(programme.pk, kept.sha256)
        if there is None:
            raise
        return Received(there, False)
    ask_for_reading(row, by)
    audit.record(
        programme.chain, "transcript-received", row, by=by, interview=interview.pk, sha256=kept.sha256, size=kept.size
    )
    return Received(row, True)


def ask_for_reading(transcript: Transcript, by: User | None) -> Job:
    """The job that reads a transcript's file; the caller holds the transaction."""
    work = jobs.fingerprint(transcript.sha256, IMPORTER_VERSION)
    return jobs.request(PARSE, transcript.pk, work, scope=transcript.programme_id, by=by)


@transaction.atomic
def reparse(*, transcript: Transcript, by: User) -> Transcript:
    """Read the kept bytes again: after a failure, or with a newer importer."""
    transcript = _locked(transcript)
    require_on(by, P.UPLOAD_TRANSCRIPTS, transcript.programme)
    if transcript.state != TranscriptState.FAILED and transcript.importer == IMPORTER_VERSION:
        raise Invalid("This file was read by the importer of today: reading it again would give the same turns.")
    if transcript.state == TranscriptState.MAPPED:
        TRANSCRIPT.make(transcript, TranscriptState.PARSED)
    TRANSCRIPT.make(transcript, TranscriptState.RECEIVED, message="")
    ask_for_reading(transcript, by)
    audit.record(transcript.programme.chain, "transcript-reparsed", transcript, by=by, importer=IMPORTER_VERSION)
    return transcript


def save_parsed(transcript_id: str, parsed: Parsed) -> None:
    """Write what the importer read: speakers and turns are replaced as a whole. Runs in the fenced commit of the job.

    Returns quietly when nobody waits for it any more.
    """
    transcript = Transcript.objects.select_for_update().filter(pk=transcript_id).first()
    if transcript is None or transcript.state != TranscriptState.RECEIVED:
        return
    transcript.turns.all().delete()
    transcript.redactions.all().delete()
    transcript.speakers.all().delete()
    guesses = {guess.speaker: guess for guess in parsed.speakers}
    labels = dict.fromkeys(turn.speaker for turn in parsed.turns)
    rows = Speaker.objects.bulk_create(
        Speaker(
            transcript=transcript,
            label=label,
            guess=guesses[label].role if label in guesses else SpeakerRole.UNKNOWN,
            guess_reason=guesses[label].reason[:300] if label in guesses else "",
        )
        for label in labels
    )
    Turn.objects.bulk_create(_turns(transcript, parsed, dict(zip(labels, rows, strict=True))), batch_size=2000)
    TRANSCRIPT.make(
        transcript,
        TranscriptState.PARSED,
        format=parsed.format,
        importer=IMPORTER_VERSION,
        loss={**parsed.loss.as_dict(), "encoding": parsed.encoding},
        text="\n".join(turn.text for turn in parsed.turns),
        message="" if parsed.speakers_known else NOBODY_NAMED,
    )
    counts: dict[str, Any] = {"turns": len(parsed.turns), "words": parsed.loss.words_out, "speakers": len(labels)}
    audit.record(transcript.programme.chain, "transcript-parsed", transcript, by=None, **counts)


def _turns(transcript: Transcript, parsed: Parsed, speakers: Mapping[str, Speaker]) -> list[Turn]:
    rows, at = [], 0
    for turn in parsed.turns:
        rows.append(
            Turn(
                transcript=transcript,
                index=turn.index,
                speaker=speakers[turn.speaker],
                start_ms=turn.start_ms,
                end_ms=turn.end_ms,
                start=at,
                end=at + len(turn.text),
            )
        )
        at += len(turn.text) + 1
    return rows


def note_failure(transcript_id: str, sentence: str) -> None:
    """Say on the transcript why it could not be read; the bytes stay. Runs in the transaction that ends the job."""
    transcript = Transcript.objects.select_for_update().filter(pk=transcript_id).first()
    if transcript is None or transcript.state != TranscriptState.RECEIVED:
        return
    TRANSCRIPT.make(transcript, TranscriptState.FAILED, message=sentence)
    audit.record(transcript.programme.chain, "transcript-unreadable", transcript, by=None)


def mapping_obstacle(transcript: Transcript) -> str | None:
    """Why it can't be said now who speaks, or None. The table's way back from a review is the reviewers' alone."""
    if transcript.state in (TranscriptState.PARSED, TranscriptState.MAPPED):
        return None
    return TRANSCRIPT.obstacle(transcript.state, TranscriptState.MAPPED) or REVIEWED


@transaction.atomic
def map_speakers(*, transcript: Transcript, roles: Mapping[int, str], by: User) -> Transcript:
    """Say who each speaker is: a role for each speaker's id; those left out stay unknown and are context only."""
    transcript = _locked(transcript)
    require_on(by, P.SEE_PROGRAMMES, transcript.programme)
    refuse_if(mapping_refusal(by, transcript))
    if sentence := mapping_obstacle(transcript):
        raise IllegalMove(sentence)
    speakers = list(transcript.speakers.all())
    if strange := set(roles) - {speaker.pk for speaker in speakers}:
        raise Invalid(f"{len(strange)} of these speakers are not in this transcript: reload the page and try again.")
    for speaker in speakers:
        speaker.role = roles.get(speaker.pk, SpeakerRole.UNKNOWN)
        if speaker.role not in SpeakerRole.values:
            raise Invalid(f"“{speaker.role}” is no role: choose interviewer, expert or chaperone.")
        if speaker.role == SpeakerRole.EXPERT and not speaker.label:
            raise Invalid(NOBODY_NAMED)
    if not any(speaker.role == SpeakerRole.EXPERT for speaker in speakers):
        raise Invalid(MAP_EXPERT if any(speaker.label for speaker in speakers) else NOBODY_NAMED)
    TRANSCRIPT.make(transcript, TranscriptState.MAPPED)
    Speaker.objects.bulk_update(speakers, ["role"])
    changed = sum(speaker.role != speaker.guess for speaker in speakers)
    audit.record(
        transcript.programme.chain, "speakers-mapped", transcript, by=by, speakers=len(speakers), other=changed
    )
    return transcript


def _locked(transcript: Transcript) -> Transcript:
    return Transcript.objects.select_for_update().get(pk=transcript.pk)


def reading_of(transcript: Transcript) -> Job | None:
    """The newest job that read or reads a transcript, or None."""
    return Job.objects.filter(kind=PARSE, subject=str(transcript.pk)).order_by("-created_at").first()


def read_now(transcript: Transcript, *, patience: float = 120) -> str:
    """Do the waiting reading in this process, or wait for the worker that was quicker; the transcript's state afterwards.

    For commands, outside any transaction. After `patience` seconds the state is still "received": the sweep will see to it.
    """
    end = time.monotonic() + patience
    while time.monotonic() < end:
        job = reading_of(transcript)
        if job is None or job.state not in (JobState.PENDING, JobState.RUNNING):
            break
        if job.state == JobState.PENDING:
            jobs.run(job.pk)
        else:
            time.sleep(0.02)
    return Transcript.objects.values_list("state", flat=True).get(pk=transcript.pk)
