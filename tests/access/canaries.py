"""A word for each thing that somebody must not learn, and who may: looked for in every answer, headers and all.

Names of funds, their people and their addresses are for admins and for the fund itself. What lies in a programme is for
those in whose sight it is, and of them for the parts named below.
"""

import re
from dataclasses import dataclass

from tests.access.personas import PERSONAS
from tests.access.world import World

# Who of those that see a programme may meet its secrets; the interviewer meets the words of her own call.
KINDS = {
    "notes": ("C", {"ana"}),
    "source": ("C", {"ana"}),
    "redacted": ("C", {"ana"}),
    "name": ("", {"cora"}),
    "draft": ("ACD", set()),
    "finding": ("ACD", set()),
}
# Whoever is asked to take part, or once did, knows what the programme is called; so does who holds its invitation.
TITLED = {
    "here": {"heron", "ibis", "kite", "plover", "swift", "teal", "crane"},
    "unreleased": {"heron"},
    "recalled": {"heron"},
    "left": {"heron"},
    "unsigned": {"heron"},
}

ADMINS = {person for person, who in PERSONAS.items() if who.letters == "D"}


@dataclass(frozen=True)
class Canary:
    """A word, and the people who may meet it."""

    word: str
    people: frozenset[str]


def canaries(world: World) -> list[Canary]:
    """Every secret of the world with those who may meet it."""
    return [*_of_funds(world), *_of_programmes(world)]


def _of_funds(world: World) -> list[Canary]:
    found = []
    names = {user.pk: name for name, user in world.people.items()}
    for name, fund in world.funds.items():
        own = frozenset(person for person, who in PERSONAS.items() if who.fund == name)
        found += [Canary(word, own | ADMINS) for word in (fund.name, f"@{fund.domain}")]
        # The audit of a programme names a fund by its id, so that a chain can be checked by who may not name funds.
        auditors = {person for person, who in PERSONAS.items() if "C" in who.letters}
        ids = [fund.pk, *fund.participations.values_list("pk", flat=True)]
        found += [Canary(str(pk), own | ADMINS | auditors) for pk in ids]
        for user in (member.user for member in fund.members.select_related("user")):
            # Who has left meets their own name and address on their own page. Short names stand in other words too.
            of_them = [user.email] + ([user.name] if len(user.name) > 4 else [])
            found += [Canary(word, own | ADMINS | {names.get(user.pk, "")}) for word in of_them]
        keepers = frozenset(person for person in own if "K" in PERSONAS[person].letters)
        found.append(Canary(f"SECRET policy of {fund.name}", keepers))
    return found


def _of_programmes(world: World) -> list[Canary]:
    found = []
    for name, place in world.places.items():
        seeing = {person for person, who in PERSONAS.items() if name in who.sees}
        told = {person for person, who in PERSONAS.items() if who.fund in TITLED.get(name, set())}
        if name != "here":
            found.append(Canary(place.programme.title, frozenset(seeing | told)))
        for kind, word in place.secrets.items():
            letters, people = KINDS.get(kind, ("", set()))
            allowed = {person for person in seeing if set(PERSONAS[person].letters) & set(letters)}
            found.append(Canary(word, frozenset(allowed | (people & seeing))))
    return found


def forbidden(world: World) -> dict[str, re.Pattern[bytes]]:
    """For each person one pattern of all that must not reach them."""
    every = canaries(world)
    return {
        person: re.compile(
            b"|".join(
                rb"(?<!\w)" + re.escape(one.word.encode()) + rb"(?!\w)" for one in every if person not in one.people
            )
        )
        for person in PERSONAS
    }
