"""Who an expert is: sealed with a key that the database does not hold, and found again by keyed digests without opening it."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from uuid import UUID

from cryptography.fernet import Fernet
from django.conf import settings
from rapidfuzz import fuzz

from interviews.identity_keys import digests, normal_company, normal_name
from interviews.models import Company, Expert, IdentityKey, SealedIdentity

# From this likeness on (0 to 100) two names of one employer may be one person's: a letter or two, or the order of the names.
NEAR = 90


@dataclass(frozen=True)
class Identity:
    """Who an expert is. Kept only encrypted, with a key that the database does not hold."""

    name: str
    email: str = ""
    phone: str = ""
    profile: str = ""

    def completed(self, other: "Identity") -> "Identity":
        """This identity with what it lacks taken from another."""
        return Identity(**{f.name: getattr(self, f.name) or getattr(other, f.name) for f in fields(Identity)})


def seal(identity: Identity) -> bytes:
    """The identity, encrypted (Fernet: AES-128-CBC with HMAC-SHA-256)."""
    return Fernet(settings.IDENTITY_KEY).encrypt(json.dumps(asdict(identity)).encode())


def unseal(sealed: SealedIdentity) -> Identity:
    """The identity itself. For services only, which use it in memory and show it to nobody unasked."""
    return Identity(**json.loads(Fernet(settings.IDENTITY_KEY).decrypt(bytes(sealed.ciphertext))))


def keys_of(identity: Identity | None) -> dict[str, str]:
    """The keyed digests of the ways to reach a person, by their kind."""
    if identity is None:
        return {}
    return digests(settings.IDENTITY_KEY, email=identity.email, phone=identity.phone, profile=identity.profile)


def owners(keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], UUID]:
    """Whose each known (kind, digest) is; one query."""
    rows = IdentityKey.objects.filter(digest__in={digest for _, digest in keys})
    return {(kind, digest): expert for kind, digest, expert in rows.values_list("kind", "digest", "expert")}


def likely_same(people: Sequence[tuple[str, Iterable[str]]], *, but: Iterable[UUID] = ()) -> list[list[Expert]]:
    """For each (name, employers) the experts on file of nearly that name who share an employer; a person has to decide.

    Names are opened in memory, only of those who share an employer's normal form. `but` are left out.
    """
    wanted = {normal_company(name) for _, employers in people for name in employers}
    names = {pk: normal_company(name) for pk, name in Company.objects.values_list("pk", "name")}
    ids = [pk for pk, name in names.items() if name in wanted]
    sealed = SealedIdentity.objects.filter(expert__spells__company__in=ids).exclude(expert__in=list(but)).distinct()
    on_file = {row.expert_id: (row.expert, normal_name(unseal(row).name)) for row in sealed.select_related("expert")}
    staff: dict[str, set[UUID]] = defaultdict(set)
    known = Expert.objects.filter(pk__in=on_file).values_list("pk", "spells__company")
    for expert_id, company_id in known:
        staff[names.get(company_id, "")].add(expert_id)
    found = []
    for name, employers in people:
        near = {pk for one in employers for pk in staff.get(normal_company(one), ())}
        same = [pk for pk in near if fuzz.token_sort_ratio(normal_name(name), on_file[pk][1]) >= NEAR]
        found.append(sorted((on_file[pk][0] for pk in same), key=lambda expert: (expert.created_at, expert.pk)))
    return found


def likely_to(expert: Expert) -> list[Expert]:
    """Those on file who may be the same person as this one, though they share no way to be reached."""
    sealed = SealedIdentity.objects.filter(expert=expert).first()
    employers = list(expert.spells.values_list("company__name", flat=True))
    return likely_same([(unseal(sealed).name, employers)], but=[expert.pk])[0] if sealed and employers else []
