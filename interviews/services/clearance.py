"""Clearance: compliance marks what must go, one person passes the text, a second clears it, code writes what remains.

Neither of the two is the interviewer; the database refuses anything else (models.Clearance). The cleared text is
generated from source and redactions and never typed; the labels of its turns are roles.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from accounts import audit
from accounts.models import User
from accounts.moves import IllegalMove, Invalid, now
from accounts.roles import Permission as P
from interviews import names, redaction, signals
from interviews.models import (
    Clearance,
    ClearedTranscript,
    ClearedTurn,
    Redaction,
    RedactionReason,
    Speaker,
    Transcript,
    Turn,
)
from interviews.permissions import clearing_refusal, refuse_if, require_on, review_refusal
from interviews.services.descriptors import post_of
from interviews.services.experts import sought_names
from interviews.states import TRANSCRIPT, InterviewState, SpeakerRole, TranscriptState
from interviews.telltale import Telltale, telltales

# The label of a role in cleared text; a role that several people have is numbered.
LABELS = {
    SpeakerRole.INTERVIEWER: "Interviewer",
    SpeakerRole.EXPERT: "Expert",
    SpeakerRole.CHAPERONE: "Chaperone",
    SpeakerRole.UNKNOWN: "Other speaker",
}


# Reasons whose words are names, and how long a name may be.
NAMED = {RedactionReason.IDENTITY, RedactionReason.THIRD_PARTY, RedactionReason.EMPLOYER}
LONGEST_NAME = 60


@dataclass(frozen=True)
class Mark:
    """A wish to take text[start:end] out."""

    start: int
    end: int
    reason: str
    replacement: str = redaction.REPLACEMENT


def _locked(transcript: Transcript) -> Transcript:
    return Transcript.objects.select_for_update().get(pk=transcript.pk)


def marking_obstacle(transcript: Transcript) -> str | None:
    """Why redactions can't change now, or None."""
    if transcript.state == TranscriptState.MAPPED:
        return None
    if transcript.state == TranscriptState.REVIEWED:
        return "The first review has passed this text as it is: send it back before you change a redaction."
    if transcript.state == TranscriptState.CLEARED:
        return "This transcript has been cleared, so its redactions are fixed."
    return "Say who speaks first; then redactions can be marked."


NAME_FIRST = "Say who speaks first; then the text can be reviewed."
CLEARED = "This transcript has been cleared."


def review_obstacle(transcript: Transcript) -> str | None:
    """Why the first review can't be passed now, or None."""
    if transcript.state == TranscriptState.MAPPED:
        return None
    if transcript.state == TranscriptState.REVIEWED:
        return "The first review has been passed; a second person clears the text."
    return CLEARED if transcript.state == TranscriptState.CLEARED else NAME_FIRST


def clearing_obstacle(transcript: Transcript) -> str | None:
    """Why the text can't be cleared now, or None."""
    interview = transcript.interview
    if transcript.state == TranscriptState.MAPPED:
        return "The first review comes first."
    if transcript.state != TranscriptState.REVIEWED:
        return CLEARED if transcript.state == TranscriptState.CLEARED else NAME_FIRST
    if interview.state != InterviewState.HELD:
        state = interview.get_state_display().lower()
        return f"{interview.label} is {state}: only the transcript of a call that was held can be cleared."
    return None


def _lawful(sentence: str | None) -> None:
    if sentence:
        raise IllegalMove(sentence)


def _may_mark(transcript: Transcript, by: User) -> None:
    require_on(by, P.CLEAR_TRANSCRIPTS, transcript.programme)
    refuse_if(review_refusal(by, transcript.interview))
    _lawful(marking_obstacle(transcript))


@transaction.atomic
def mark_redactions(*, transcript: Transcript, marks: Iterable[Mark], by: User) -> list[Redaction]:
    """Mark words to be taken out. Each mark grows to whole words; one that is there already stays as it is.

    Returns the redactions that are new. Invalid, and none is written, when one of the marks can't be.
    """
    transcript = _locked(transcript)
    _may_mark(transcript, by)
    there = set(transcript.redactions.values_list("start", "end"))
    rows = []
    for mark in marks:
        row = _redaction(transcript, mark, by)
        if (row.start, row.end) not in there:
            there.add((row.start, row.end))
            rows.append(row)
    rows = Redaction.objects.bulk_create(rows)
    if rows:
        reasons = dict(Counter(row.reason for row in rows))
        audit.record(
            transcript.programme.chain, "redactions-marked", transcript, by=by, marked=len(rows), reasons=reasons
        )
    return rows


def _redaction(transcript: Transcript, mark: Mark, by: User) -> Redaction:
    if mark.reason not in RedactionReason.values:
        raise Invalid(f"Say why these words must go: choose one of {', '.join(RedactionReason.labels)}.")
    if not redaction.lawful_replacement(mark.replacement):
        raise Invalid("What stands instead must be in square brackets and short, like [name] or [redacted].")
    if not 0 <= mark.start < mark.end <= len(transcript.text):
        raise Invalid("These words are not in the transcript: reload the page and select them again.")
    start, end = redaction.whole_words(transcript.text, mark.start, mark.end)
    if start >= end:
        raise Invalid("Select at least one word.")
    return Redaction(
        transcript=transcript,
        start=start,
        end=end,
        reason=mark.reason,
        replacement=mark.replacement,
        by=by,
    )


def mark_redaction(*, transcript: Transcript, mark: Mark, by: User) -> Redaction:
    """Mark one stretch of words; the redaction that now stands there."""
    rows = mark_redactions(transcript=transcript, marks=[mark], by=by)
    if rows:
        return rows[0]
    start, end = redaction.whole_words(transcript.text, mark.start, mark.end)
    return transcript.redactions.get(start=start, end=end)


@transaction.atomic
def remove_redaction(*, redaction_id: int, transcript: Transcript, by: User) -> None:
    """Take one mark away again."""
    transcript = _locked(transcript)
    _may_mark(transcript, by)
    row = transcript.redactions.filter(pk=redaction_id).first()
    if row is None:
        return
    body: dict[str, Any] = {"start": row.start, "end": row.end, "reason": row.reason}
    row.delete()
    audit.record(transcript.programme.chain, "redaction-removed", transcript, by=by, **body)


def proposals(transcript: Transcript) -> list[names.Proposal]:
    """Names in the text that are not marked yet: of the speakers, of the expert, of the expert's employers, and those that
    are marked in another place: a name that is taken out once tells nothing only when it is taken out everywhere.
    """
    labels = transcript.speakers.exclude(label="").exclude(role=SpeakerRole.UNKNOWN).values_list("label", "role")
    sought = sought_names(transcript.interview.expert, transcript.programme.subject)
    for label, role in labels:
        sought += names.of_person(label, "identity" if role == SpeakerRole.EXPERT else "third_party")
    rows = list(transcript.redactions.all())
    for row in rows:
        words = transcript.text[row.start : row.end]
        if row.reason in NAMED and len(words) <= LONGEST_NAME and not words.islower():
            sought.append(names.Sought(words, row.reason, row.replacement))
    marked = [(row.start, row.end) for row in rows]
    found = names.propose(transcript.text, sought)
    return [one for one in found if not any(start <= one.start and one.end <= end for start, end in marked)]


def warnings(transcript: Transcript) -> list[Telltale]:
    """Where the expert's own words may give the expert away besides the names; what is marked already is left out.

    The person's names and posts are used in memory; only words that stand in the text come out.
    """
    expert = transcript.interview.expert
    spells = [post_of(spell) for spell in expert.spells.select_related("company")]
    found = telltales(transcript.text, spells, transcript.programme.subject)
    turns = transcript.turns.filter(speaker__role=SpeakerRole.EXPERT).values_list("start", "end")
    spoken, taken = list(turns), list(transcript.redactions.values_list("start", "end"))
    return [
        one
        for one in found
        if any(start <= one.start < end for start, end in spoken)
        and not any(start <= one.start and one.end <= end for start, end in taken)
    ]


def preview(transcript: Transcript, turns: Sequence[Turn] | None = None) -> redaction.Cleared:
    """The cleared text as it would be now; its turns stand in the order of the transcript's."""
    turns = list(transcript.turns.all()) if turns is None else turns
    spans = [redaction.Span(turn.start, turn.end) for turn in turns]
    cuts = [redaction.Cut(row.start, row.end, row.replacement) for row in transcript.redactions.all()]
    return redaction.redact(transcript.text, spans, cuts)


def labels_of(speakers: Iterable[Speaker]) -> dict[int, str]:
    """For each speaker's id the label in cleared text: the role, with a number where several people have it."""
    speakers = list(speakers)
    many = Counter(speaker.role for speaker in speakers)
    seen: Counter[str] = Counter()
    found = {}
    for speaker in speakers:
        seen[speaker.role] += 1
        label = LABELS[SpeakerRole(speaker.role)]
        found[speaker.pk] = f"{label} {seen[speaker.role]}" if many[speaker.role] > 1 else label
    return found


@transaction.atomic
def pass_first_review(*, transcript: Transcript, by: User) -> Clearance:
    """The first signature: the redactions are complete."""
    transcript = _locked(transcript)
    require_on(by, P.CLEAR_TRANSCRIPTS, transcript.programme)
    refuse_if(review_refusal(by, transcript.interview))
    _lawful(review_obstacle(transcript))
    TRANSCRIPT.make(transcript, TranscriptState.REVIEWED)
    fields = {
        "interviewer_id": transcript.interview.interviewer_id,
        "first_by": by,
        "first_at": now(),
        "second_by": None,
        "second_at": None,
    }
    clearance, _ = Clearance.objects.update_or_create(transcript=transcript, defaults=fields)
    marks = transcript.redactions.count()
    audit.record(transcript.programme.chain, "first-review-passed", transcript, by=by, redactions=marks)
    return clearance


@transaction.atomic
def send_back(*, transcript: Transcript, by: User) -> Transcript:
    """Undo the first review, so that redactions can change again; either reviewer may."""
    transcript = _locked(transcript)
    require_on(by, P.CLEAR_TRANSCRIPTS, transcript.programme)
    refuse_if(review_refusal(by, transcript.interview))
    if transcript.state != TranscriptState.REVIEWED:
        raise IllegalMove("Only a transcript that has passed its first review can be sent back.")
    TRANSCRIPT.make(transcript, TranscriptState.MAPPED)
    Clearance.objects.filter(transcript=transcript).delete()
    audit.record(transcript.programme.chain, "first-review-undone", transcript, by=by)
    return transcript


@transaction.atomic
def clear(*, transcript: Transcript, by: User) -> ClearedTranscript:
    """The second signature: write the cleared text, and tell the apps above after commit."""
    transcript = _locked(transcript)
    require_on(by, P.CLEAR_TRANSCRIPTS, transcript.programme)
    clearance = Clearance.objects.select_for_update().filter(transcript=transcript).first()
    refuse_if(clearing_refusal(by, transcript.interview, clearance))
    _lawful(clearing_obstacle(transcript))
    if clearance is None:
        raise IllegalMove("Nobody has signed the first review of this text.")
    stamp = now()
    TRANSCRIPT.make(transcript, TranscriptState.CLEARED)
    Clearance.objects.filter(pk=clearance.pk).update(second_by=by, second_at=stamp)
    cleared = _write(transcript, stamp)
    audit.record(
        transcript.programme.chain,
        "transcript-cleared",
        transcript,
        by=by,
        cleared=cleared.pk,
        sha256=cleared.sha256,
        words=cleared.words,
        redactions=transcript.redactions.count(),
        first=clearance.first_by_id,
    )
    transaction.on_commit(lambda: signals.transcript_cleared.send_robust(ClearedTranscript, cleared_id=cleared.pk))
    return cleared


def _write(transcript: Transcript, stamp) -> ClearedTranscript:
    """Generate and save the cleared text and its turns."""
    turns = list(transcript.turns.all())
    result = preview(transcript, turns)
    speakers = {speaker.pk: speaker for speaker in transcript.speakers.all()}
    labels = labels_of(speakers.values())
    cleared = ClearedTranscript.objects.create(
        programme_id=transcript.programme_id,
        interview_id=transcript.interview_id,
        transcript=transcript,
        version=transcript.cleared_versions.count() + 1,
        text=result.text,
        sha256=hashlib.sha256(result.text.encode()).hexdigest(),
        words=len(result.text.split()),
        cleared_at=stamp,
    )
    ClearedTurn.objects.bulk_create(
        [
            ClearedTurn(
                cleared=cleared,
                index=turn.index,
                label=labels[turn.speaker_id],
                role=speakers[turn.speaker_id].role,
                start_ms=turn.start_ms,
                end_ms=turn.end_ms,
                start=span.start,
                end=span.end,
            )
            for turn, span in zip(turns, result.turns, strict=True)
        ],
        batch_size=2000,
    )
    return cleared
