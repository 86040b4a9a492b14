"""A file of experts: read and kept sealed, looked at, then taken over whole in one transaction, or thrown away."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any
from uuid import UUID

from cryptography.fernet import Fernet
from django.conf import settings
from django.db import transaction

from accounts import audit
from accounts.models import User
from accounts.moves import IllegalMove, Invalid, now
from accounts.permissions import Refused
from accounts.roles import Permission as P
from interviews import expert_file
from interviews.expert_file import PersonRow, PostRow
from interviews.models import Candidate, Expert, ExpertImport
from interviews.permissions import require_on
from interviews.services import candidates
from interviews.services.blocklist import BLOCKED, blocked_keys, whom_to_leave
from interviews.services.candidates import Recruit
from interviews.services.experts import Employment, Identity, Newcomer
from interviews.services.identities import keys_of, owners
from interviews.tables import BadFile
from research.models import Programme

NEW = "new"
OWN = "Only the person who uploaded this file may look at its rows, take them over or throw them away."


@dataclass(frozen=True)
class Look:
    """How one row stands against what is on file now: a note, a fault, or people who may be the same person."""

    row: PersonRow
    note: str = ""
    fault: str = ""
    likely: tuple[Expert, ...] = ()


@transaction.atomic
def read(*, programme: Programme, filename: str, data: bytes, by: User) -> ExpertImport:
    """Read a file and keep its rows sealed until they are taken over or thrown away.

    Invalid for a file that is no table, and for one that was taken over already. The same person's earlier reading of the
    same file is thrown away: it stood for an older state of what is on file.
    """
    require_on(by, P.LOG_INTERVIEWS, programme)
    mark = hashlib.sha256(data).hexdigest()
    same = ExpertImport.objects.filter(programme=programme, sha256=mark)
    if taken := same.filter(state="taken").first():
        raise Invalid(f"This very file was taken over on {taken.at:%-d %B %Y}: nothing of it is missing here.")
    try:
        found = expert_file.read(data, dict(programme.segments.values_list("code", "title")))
    except BadFile as bad:
        raise Invalid(str(bad)) from None
    for old in same.filter(state="read", by=by).select_for_update():
        _end(old, "dropped")
    row = ExpertImport.objects.create(
        programme=programme,
        filename=filename[-200:],
        sha256=mark,
        rows=found.rows,
        faults=[fault.sentence for fault in found.faults],
        ciphertext=_seal(found.people),
        by=by,
        at=now(),
    )
    audit.record(programme.chain, "experts-read", row, by=by, rows=found.rows, faults=len(found.faults))
    return row


def rows_refusal(user: User, row: ExpertImport) -> str | None:
    """Why this person may not see what the rows say, or None."""
    return None if row.by_id == user.pk else OWN


def rows_of(row: ExpertImport, by: User) -> list[PersonRow]:
    """The rows without a fault, for who uploaded them; none once they were taken over or thrown away."""
    if sentence := rows_refusal(by, row):
        raise Refused(sentence)
    return _unseal(bytes(row.ciphertext)) if row.ciphertext else []


def look(row: ExpertImport, by: User) -> list[Look]:
    """Each row without a fault against what is on file now, in a number of queries that does not grow with the rows."""
    rows = rows_of(row, by)
    people = [newcomer(one) for one in rows]
    keys = [keys_of(person.identity) for person in people]
    whose = owners(item for one in keys for item in one.items())
    on_file = Expert.objects.in_bulk(set(whose.values()))
    left_alone = whom_to_leave(on_file.values())
    _, stopped = blocked_keys()
    here = set(Candidate.objects.filter(programme=row.programme_id).values_list("expert", flat=True))
    likely = candidates.likely(row.programme, people, by=by)
    found = []
    for one, own, same in zip(rows, keys, likely, strict=True):
        known = {whose[item] for item in own.items() if item in whose}
        fault = (
            BLOCKED if stopped & set(own.values()) else next((left_alone[pk] for pk in known if pk in left_alone), "")
        )
        if len(known) > 1:
            fault = "The ways to reach this person belong to two experts on file. Keep only those that you are sure of."
        note = ""
        if known:
            note = "On file: no second record is made."
            note = "In this programme already: nothing is added." if known & here else note
        prefix = f"Row {one.number}: "
        found.append(Look(one, note, fault and prefix + fault + " Remove the row.", tuple(same)))
    return found


def taking_obstacle(row: ExpertImport) -> str | None:
    """Why the file can't be taken over as it is, before what is on file is asked, or None."""
    if row.state != "read":
        return f"This file was {row.get_state_display().lower()} already."
    if row.faults:
        rows = "One row needs" if len(row.faults) == 1 else f"{len(row.faults)} rows need"
        return f"{rows} to be mended: correct the file and upload it again. Until then nothing of it is taken over."
    return None


@transaction.atomic
def take(*, row: ExpertImport, decisions: Mapping[int, str], by: User) -> list[candidates.Recruited]:
    """Take the whole file over, or nothing of it.

    `decisions` say of each row whose person may be on file already who it is, by the row's number: the expert's id, or "new".
    """
    Programme.objects.select_for_update(no_key=True).get(pk=row.programme_id)
    row = ExpertImport.objects.select_for_update(of=("self",)).select_related("programme").get(pk=row.pk)
    require_on(by, P.LOG_INTERVIEWS, row.programme)
    if sentence := rows_refusal(by, row):
        raise Refused(sentence)
    if sentence := taking_obstacle(row):
        raise IllegalMove(sentence)
    looked = look(row, by)
    if faults := [one.fault for one in looked if one.fault]:
        raise Invalid(" ".join(faults[:5]))
    segments = {segment.code: segment for segment in row.programme.segments.all()}
    people = []
    for one in looked:
        if one.row.segment not in segments:
            raise Invalid(f"Row {one.row.number}: the segment is gone from this programme. Upload the file again.")
        person = newcomer(one.row, _same(one, decisions.get(one.row.number, "")))
        people.append(Recruit(segments[one.row.segment], person, one.row.source, one.row.priority))
    done = candidates.recruit_all(row.programme, people, by=by)
    _end(row, "taken")
    known = sum(one.known for one in done)
    audit.record(row.programme.chain, "experts-imported", row, by=by, new=len(done) - known, known=known)
    return done


@transaction.atomic
def drop(*, row: ExpertImport, by: User) -> ExpertImport:
    """Throw a file away; nothing of its rows stays."""
    row = ExpertImport.objects.select_for_update(of=("self",)).select_related("programme").get(pk=row.pk)
    require_on(by, P.LOG_INTERVIEWS, row.programme)
    if sentence := rows_refusal(by, row):
        raise Refused(sentence)
    if row.state != "read":
        raise IllegalMove(f"This file was {row.get_state_display().lower()} already.")
    _end(row, "dropped")
    audit.record(row.programme.chain, "experts-dropped", row, by=by)
    return row


def newcomer(row: PersonRow, same_as: UUID | None = None) -> Newcomer:
    """A row as a person to be entered."""
    identity = Identity(row.name, row.email, row.phone, row.profile)
    return Newcomer(identity, tuple(Employment(**asdict(post)) for post in row.posts), None, row.zone, same_as)


def _same(one: Look, decision: str) -> UUID | None:
    """Who of those on file the person of a row is, as somebody decided."""
    if not one.likely or decision == NEW:
        return None
    found = next((expert.pk for expert in one.likely if str(expert.pk) == decision), None)
    if found is None:
        raise Invalid(f"Row {one.row.number}: say whether this is the person on file or another one.")
    return found


def _end(row: ExpertImport, state: str) -> None:
    """Close an import; its rows are forgotten."""
    row.state, row.ciphertext = state, None
    row.save(update_fields=["state", "ciphertext"])


def _seal(people: list[PersonRow]) -> bytes:
    return Fernet(settings.IDENTITY_KEY).encrypt(json.dumps([asdict(row) for row in people], default=str).encode())


def _unseal(ciphertext: bytes) -> list[PersonRow]:
    return [_row(given) for given in json.loads(Fernet(settings.IDENTITY_KEY).decrypt(ciphertext))]


def _row(given: dict[str, Any]) -> PersonRow:
    def day(said: str | None) -> date | None:
        return date.fromisoformat(said) if said else None

    posts = tuple(PostRow(**post | {"start": day(post["start"]), "end": day(post["end"])}) for post in given["posts"])
    return PersonRow(**given | {"posts": posts})
