"""Many transcripts at once, for commands and sample data: each file goes through the same services as one upload."""

import re
from collections import Counter
from collections.abc import Set
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import F, Sum

from accounts.jobs import Unfit
from accounts.models import User
from accounts.moves import IllegalMove, Invalid
from accounts.permissions import Refused
from interviews import reading, sources
from interviews.models import ClearedTranscript, Interview, Speaker, Transcript
from interviews.services import clearance, conduct, experts, transcripts
from interviews.services.clearance import Mark
from interviews.states import SpeakerRole, TranscriptState
from research.models import Programme, Segment

LABEL = re.compile(r"\bINT-(\d{1,6})\b", re.IGNORECASE)
# Who speaks in so many interviews of one programme is one of its hosts.
HOST_IN = 3
# Below this share of the text a speaker is too quiet to be given a part by rule.
QUIET = 0.01


@dataclass(frozen=True)
class Outcome:
    """What became of one file. state: imported, here (its bytes were in the programme already) or failed."""

    file: str
    state: str
    interview: str = ""
    format: str = ""
    turns: int = 0
    words_in: int = 0
    words_out: int = 0
    dropped: tuple[dict[str, Any], ...] = ()
    message: str = ""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def files_of(path: Path) -> list[Path]:
    """The file itself, or the files that lie in a folder, by name.

    Left out are hidden files, licences and notes on the folder, and its questions.json: that holds what was asked.
    """
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise Invalid(f"There is no file or folder {path}.")
    aside = {"LICENSE", "LICENCE", "README", "NOTICE", "QUESTIONS"}
    return sorted(
        p for p in path.iterdir() if p.is_file() and not p.name.startswith(".") and p.stem.upper() not in aside
    )


def import_file(
    path: Path, *, programme: Programme, segment: Segment | None, interviewer: User, by: User, rule: str = ""
) -> Outcome:
    """Keep a file, attach it to its interview, read it, and map its speakers when `rule` says how.

    A name with INT-014 in it goes to that interview; for any other a held call with an unnamed expert is logged in
    `segment`. Never raises for a file that can't be taken: the outcome says why, and the others go on.
    """
    name = transcripts.display_name(path.name)
    try:
        with path.open("rb") as stream:
            kept = sources.keep(sources.chunks_of(stream))
        if there := transcripts.find(programme.pk, kept.sha256):
            return _outcome(there, name, "here")
        interview = interview_for(name, programme)
        if interview is None:
            # No call is logged for a file that holds no words.
            reading.read_bytes_of(kept.sha256, ahead=True)
        with transaction.atomic():
            interview = interview or _unnamed(programme, segment, interviewer, by)
            transcript = transcripts.receive_upload(interview=interview, kept=kept, filename=name, by=by).transcript
        transcripts.read_now(transcript)
        transcript.refresh_from_db()
        if rule and transcript.state == TranscriptState.PARSED:
            map_by_rule(transcript, by=by, rule=rule)
        return _outcome(transcript, name, "failed" if transcript.state == TranscriptState.FAILED else "imported")
    except (Invalid, IllegalMove, Refused, Unfit) as refused:
        return Outcome(name, "failed", message=str(refused))
    except OSError as trouble:
        return Outcome(name, "failed", message=f"This file can't be opened ({trouble.strerror}).")


def interview_for(filename: str, programme: Programme) -> Interview | None:
    """The interview whose label stands in a file's name, or None when there is no label in it."""
    match = LABEL.search(filename.replace("_", " "))
    if match is None:
        return None
    row = programme.interviews.filter(number=int(match[1])).first()
    if row is None:
        raise Invalid(
            f"There is no interview {match[0].upper()} in this programme: check the number in the file's name."
        )
    return row


def _unnamed(programme: Programme, segment: Segment | None, interviewer: User, by: User) -> Interview:
    if segment is None:
        raise Invalid(
            "This file's name holds no interview number like INT-014, and no segment was given for new calls."
        )
    expert = experts.add_expert(programme=programme, by=by)
    return conduct.log_call(programme=programme, segment=segment, expert=expert, interviewer=interviewer, by=by)


def _outcome(transcript: Transcript, name: str, state: str) -> Outcome:
    loss = transcript.loss or {}
    return Outcome(
        file=name,
        state=state,
        interview=transcript.interview.label,
        format=transcript.format,
        turns=loss.get("turns_out", 0),
        words_in=loss.get("words_in", 0),
        words_out=loss.get("words_out", 0),
        dropped=tuple(loss.get("dropped", ())),
        message=transcript.message,
    )


def hosts_of(programme: Programme) -> set[str]:
    """Speakers who appear in several of a programme's interviews: its hosts."""
    labels = Speaker.objects.filter(transcript__programme=programme).exclude(label="")
    return {label for label, n in Counter(labels.values_list("label", flat=True)).items() if n >= HOST_IN}


def roles_by_rule(transcript: Transcript, *, rule: str = "guess", hosts: Set[str] = frozenset()) -> dict[int, str]:
    """A role for each speaker who says enough, by the importer's guess where that is sure, else by rule.

    `hosts` are interviewers, whatever was guessed, while somebody else remains as an expert. A guess is sure when it knows
    an interviewer and an expert and leaves nobody open. Otherwise, as for panels, the hosts (or the guessed interviewers, or
    with rule "first-interviewer" who speaks first) are interviewers and all others experts.
    """
    said = transcript.turns.values("speaker").annotate(length=Sum(F("end") - F("start"))).order_by()
    length = {row["speaker"]: row["length"] for row in said}
    loud = QUIET * max(sum(length.values()), 1)
    speakers = [s for s in transcript.speakers.all() if s.label and length.get(s.pk, 0) >= loud]
    guesses = {s.pk: s.guess for s in speakers}
    if rule == "first-interviewer":
        leading = {transcript.turns.order_by("index").values_list("speaker", flat=True)[0]}
    elif {SpeakerRole.INTERVIEWER, SpeakerRole.EXPERT} <= set(guesses.values()) and not _open(guesses):
        led = guesses | {s.pk: SpeakerRole.INTERVIEWER for s in speakers if s.label in hosts}
        return {pk: str(role) for pk, role in (led if SpeakerRole.EXPERT in led.values() else guesses).items()}
    else:
        leading = {s.pk for s in speakers if s.label in hosts}
        leading = leading or {pk for pk, guess in guesses.items() if guess == SpeakerRole.INTERVIEWER}
    roles = {s.pk: SpeakerRole.INTERVIEWER if s.pk in leading else SpeakerRole.EXPERT for s in speakers}
    if SpeakerRole.EXPERT not in roles.values() and speakers:
        # Hosts among themselves: who talks most answers.
        roles[max(speakers, key=lambda s: length[s.pk]).pk] = SpeakerRole.EXPERT
    return {pk: str(role) for pk, role in roles.items()}


def _open(guesses: dict[int, str]) -> bool:
    return SpeakerRole.UNKNOWN in guesses.values()


def map_by_rule(transcript: Transcript, *, by: User, rule: str = "guess", hosts: Set[str] = frozenset()) -> Transcript:
    """Map the speakers of a transcript by `roles_by_rule`, through the service."""
    return transcripts.map_speakers(
        transcript=transcript, roles=roles_by_rule(transcript, rule=rule, hosts=hosts), by=by
    )


@transaction.atomic
def clear_transcript(
    transcript: Transcript, *, first: User, second: User, hosts: Set[str] = frozenset(), redact_names: bool = False
) -> ClearedTranscript:
    """Take one transcript from parsed to cleared in the names of two people, in one transaction and by the services."""
    if transcript.state == TranscriptState.PARSED:
        transcript = map_by_rule(transcript, by=first, hosts=hosts)
    if transcript.state == TranscriptState.MAPPED:
        if redact_names:
            found = clearance.proposals(transcript)
            marks = [Mark(one.start, one.end, one.reason, one.replacement) for one in found]
            clearance.mark_redactions(transcript=transcript, marks=marks, by=first)
        clearance.pass_first_review(transcript=transcript, by=first)
    return clearance.clear(transcript=transcript, by=second)
