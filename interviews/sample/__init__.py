"""The sample's interviews: calls held, booked, missed and still open, and the transcripts of those held.

Every step goes through the services as people would take it, and may be taken again: what is there stays as it is.
"""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time
from functools import cache, partial
from pathlib import Path
from typing import Any

from django.db import transaction

from accounts.models import User
from accounts.moves import Invalid
from accounts.roles import Role
from interviews import sources
from interviews.models import ClearedTranscript, Interview, Transcript
from interviews.queries import reference_day
from interviews.reading import one_reader
from interviews.sample import screening
from interviews.services import candidates, clearance, conduct, honoraria, scheduling, transcripts
from interviews.services.clearance import Mark
from interviews.services.experts import Employment, Identity
from interviews.services.screening import Barred
from interviews.states import InterviewState, TranscriptState
from interviews.workdays import step
from research.models import Programme

HERE = Path(__file__).parent
Call = dict[str, Any]
Progress = Callable[[int, int], None] | None


@cache
def calls() -> list[Call]:
    """Every call of the sample, in the order of their numbers; those with a `file` were held."""
    return json.loads((HERE / "interviews.json").read_text(encoding="utf-8"))


def load(programme: Programme, *, progress: Progress = None) -> None:
    """All steps, the reading included: experts and calls, transcripts, speakers, clearance."""
    plan(programme)
    receive(programme)
    with one_reader():
        for transcript in Transcript.objects.filter(programme=programme, state=TranscriptState.RECEIVED):
            transcripts.read_now(transcript)
    map_speakers(programme)
    clear_sample(programme, progress=progress)


# Experts and calls --------------------------------------------------------------------------------------------------


@transaction.atomic
def plan(programme: Programme) -> int:
    """Add the experts and their calls, each in the state that the sample tells; how many are new."""
    programme = scheduling.lock_programme(programme)
    if programme.interviews.exists():
        return 0
    people = {user.name: user for user in programme.team.all()}
    if payer := programme.team.filter(role=Role.COMPLIANCE).order_by("name").first():
        honoraria.set_rule(programme=programme, by=payer, hourly=40_000, ceiling=80_000)
    screening.ask(programme, _person(people, calls()[0]["interviewer"]))
    for number, call in enumerate(calls(), 1):
        _call(programme, number, call, people)
    return len(calls())


def _call(programme: Programme, number: int, call: Call, people: dict[str, User]) -> Interview:
    by = _person(people, call["interviewer"])
    segment = programme.segments.get(code=call["segment"])
    day = date.fromisoformat(call["date"]) if call["date"] else programme.launch_on
    recruited = candidates.recruit(
        programme=programme,
        segment=segment,
        by=by,
        posts=[_post(spell) for spell in call["spells"]],
        identity=Identity(**call["expert"]),
        about=call["about"],
        on=day,
        zone=call["zone"],
    )
    interview = scheduling.plan_interview(
        programme=programme,
        segment=segment,
        expert=recruited.candidate.expert,
        interviewer=by,
        chaperone=_person(people, call["chaperone"]) if call["chaperone"] else None,
        zone=call["zone"],
        minutes=call["minutes"],
        by=by,
    )
    screening.screen(recruited.candidate, number, by, day, people)
    if call["state"] == InterviewState.OPEN:
        return interview
    wall = datetime.combine(date.fromisoformat(call["date"]), time.fromisoformat(call["time"]))
    try:
        interview = scheduling.book(interview=interview, wall=wall, zone=call["zone"], by=by)
    except Barred:
        # One of the sample's people left too short a time ago; that call is cancelled, and the refusal is on record.
        if call["state"] != InterviewState.CANCELLED:
            raise
    held: Callable[..., Interview] = partial(conduct.hold, attested="spoken")
    ends: dict[str, Callable[..., Interview]] = {"held": held, "no_show": conduct.no_show, "cancelled": conduct.cancel}
    if call["state"] in ends:
        interview = ends[call["state"]](interview=interview, by=by)
    return interview


def _person(people: dict[str, User], name: str) -> User:
    if name not in people:
        raise Invalid(f"The sample needs {name} on the programme's team.")
    return people[name]


def _post(spell: Call) -> Employment:
    given = spell | {"start": date.fromisoformat(spell["start"])}
    return Employment(**given | {"end": date.fromisoformat(spell["end"]) if spell["end"] else None})


# Transcripts --------------------------------------------------------------------------------------------------------


def held(programme: Programme) -> Iterator[tuple[Call, Interview]]:
    """The calls that have a transcript, each with its interview."""
    rows = {row.number: row for row in programme.interviews.select_related("interviewer", "chaperone")}
    for number, call in enumerate(calls(), 1):
        if "file" in call and number in rows:
            yield call, rows[number]


def receive(programme: Programme) -> int:
    """Upload the transcripts in the names of the interviewers; the worker reads them. How many are new."""
    new = 0
    for call, interview in held(programme):
        if interview.transcripts.exists():
            continue
        with (HERE / "transcripts" / call["file"]).open("rb") as stream:
            kept = sources.keep(sources.chunks_of(stream))
        done = transcripts.receive_upload(
            interview=interview, kept=kept, filename=call["file"], by=interview.interviewer
        )
        new += done.new
    return new


def map_speakers(programme: Programme) -> int:
    """Say who speaks in each transcript that has been read; how many were mapped."""
    mapped = 0
    for call, transcript in _in_state(programme, TranscriptState.PARSED):
        roles = {speaker.pk: call["roles"][speaker.label] for speaker in transcript.speakers.all()}
        transcripts.map_speakers(transcript=transcript, roles=roles, by=transcript.uploaded_by)
        mapped += 1
    return mapped


def clear_sample(programme: Programme, *, progress: Progress = None) -> int:
    """Take out what the sample's reviewers took out, and clear each text by two of them; how many were cleared."""
    waiting = list(_in_state(programme, TranscriptState.MAPPED, TranscriptState.REVIEWED))
    for done, (call, transcript) in enumerate(waiting, 1):
        first, second = _reviewers(programme, call)
        with transaction.atomic():
            if transcript.state == TranscriptState.MAPPED:
                people = [one for one in clearance.proposals(transcript) if one.reason != "employer"]
                marks = list(marks_of(transcript.text, call))
                marks += [Mark(one.start, one.end, one.reason, one.replacement) for one in people]
                clearance.mark_redactions(transcript=transcript, marks=marks, by=first)
                clearance.pass_first_review(transcript=transcript, by=first)
            else:
                second = second if transcript.clearance.first_by_id == first.pk else first
            clearance.clear(transcript=transcript, by=second)
            _date(programme, transcript)
        if progress:
            progress(done, len(waiting))
    return len(waiting)


def _date(programme: Programme, transcript: Transcript) -> None:
    """Put the clearance two working days after the call, or where the sample's calendar stands: it has dates of its own."""
    held_at = Interview.objects.values_list("starts_at", flat=True).get(pk=transcript.interview_id)
    assert held_at is not None, "a call that was held has a time"
    day = min(step(held_at.date(), 2), reference_day(programme))
    at = datetime.combine(day, time(16), tzinfo=UTC)
    ClearedTranscript.objects.filter(transcript=transcript).update(cleared_at=at)


def _in_state(programme: Programme, *states: str) -> Iterator[tuple[Call, Transcript]]:
    for call, interview in held(programme):
        for transcript in interview.transcripts.filter(state__in=states):
            yield call, transcript


def _reviewers(programme: Programme, call: Call) -> tuple[User, User]:
    """Two of compliance who sat in neither chair: the chaperone of a call leaves its review to others where it can."""
    people = list(programme.team.filter(role=Role.COMPLIANCE).order_by("name"))
    people.sort(key=lambda person: person.name == call["chaperone"])
    if len(people) < 2:
        raise Invalid("The sample needs two compliance reviewers on the programme's team.")
    return people[0], people[1]


def marks_of(text: str, call: Call) -> Iterator[Mark]:
    """The sample's redactions of one call, found in its text: the words, within the context in which they stand once."""
    for wanted in call["redactions"]:
        at = text.find(wanted["context"])
        if at < 0:
            raise Invalid(f"The words “{wanted['context']}” are not in the transcript of {call['key']}.")
        start = at + wanted["context"].index(wanted["words"])
        yield Mark(start, start + len(wanted["words"]), wanted["reason"], wanted["replacement"])
