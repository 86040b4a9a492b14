"""Experts: the identity goes in sealed and comes out only for two people with a purpose; others see the descriptor."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta

from cryptography.fernet import Fernet
from django.conf import settings
from django.db import transaction

from accounts import audit
from accounts.models import User
from accounts.moves import IllegalMove, Invalid, now
from accounts.roles import Permission as P
from interviews import names
from interviews.descriptor import KINDS, LEVELS, Post, concerns, line, telling
from interviews.models import Company, Expert, IdentityRequest, RevealPurpose, SealedIdentity, Spell
from interviews.permissions import agreeing_refusal, opening_refusal, refuse_if, require_on
from research.models import Programme

# How long an agreed request stays open to the person who asked.
OPEN_FOR = timedelta(hours=24)
# Stands in the outbox for an expert's own mail server; no such host can exist (RFC 6761, 6.4).
SEALED_HOST = "expert.invalid"


@dataclass(frozen=True)
class Identity:
    """Who an expert is. Kept only encrypted, with a key that the database does not hold."""

    name: str
    email: str = ""
    phone: str = ""


@dataclass(frozen=True)
class Employment:
    """One post as it is entered; `kind` is the class of the company and `level` one of descriptor.LEVELS."""

    company: str
    kind: str
    level: str
    start: date
    end: date | None = None
    current: bool = False
    function: str = ""
    listed: bool = True


def seal(identity: Identity) -> bytes:
    """The identity, encrypted (Fernet: AES-128-CBC with HMAC-SHA-256)."""
    return Fernet(settings.IDENTITY_KEY).encrypt(json.dumps(asdict(identity)).encode())


def _unseal(sealed: SealedIdentity) -> Identity:
    return Identity(**json.loads(Fernet(settings.IDENTITY_KEY).decrypt(bytes(sealed.ciphertext))))


def mail_address(expert_id: str) -> str:
    """The e-mail address of an expert, or "" when none is sealed. For the outbox alone, which asks as it sends."""
    sealed = SealedIdentity.objects.filter(expert=expert_id).first()
    return _unseal(sealed).email if sealed else ""


def addressee(expert: Expert) -> str:
    """How an expert is written to through the outbox, where nobody can read who it is."""
    return f"{expert.pk}@{SEALED_HOST}"


@transaction.atomic
def add_expert(
    *,
    programme: Programme,
    by: User,
    posts: Sequence[Employment] = (),
    identity: Identity | None = None,
    about: int | None = None,
    on: date | None = None,
) -> Expert:
    """Add an expert with posts and sealed identity, and write the descriptor.

    about: the number (from 0) of the post that the calls are about; without it the newest at the programme's subject,
    else the newest. on: the day the descriptor holds for, by default today. Without posts the descriptor says so.
    """
    require_on(by, P.LOG_INTERVIEWS, programme)
    for post in posts:
        if sentence := _fault(post):
            raise Invalid(sentence)
    if identity is not None and not identity.name.strip():
        raise Invalid("The expert's name is missing: it is sealed as soon as it is saved.")
    plain = [Post(p.company, p.kind, p.level, p.start, p.end, p.current) for p in posts]
    if about is not None and not 0 <= about < len(plain):
        raise Invalid("Choose one of the posts that you entered as the one that the call is about.")
    chosen = plain[about] if about is not None else telling(plain, programme.subject)
    expert = Expert.objects.create(descriptor=line(chosen, on or now().date()))
    Spell.objects.bulk_create(_spell(expert, post) for post in posts)
    if identity is not None:
        SealedIdentity.objects.create(expert=expert, ciphertext=seal(identity))
    audit.record(programme.chain, "expert-added", expert, by=by, posts=len(posts), sealed=identity is not None)
    return expert


def _fault(post: Employment) -> str | None:
    """What is wrong with one post, as a sentence, or None."""
    if not post.company.strip():
        return "A post needs the name of its company."
    if post.kind not in KINDS:
        return f"“{post.kind}” is no class of company: choose one of {', '.join(KINDS)}."
    if post.level not in LEVELS:
        return (
            f"“{post.level}” is no level: choose one of {', '.join(LEVELS)}; an exact title would give the person away."
        )
    if post.current and post.end:
        return f"The post at {post.company} can't be current and have an end: leave one of them out."
    if post.end and post.end < post.start:
        return f"The post at {post.company} ends before it starts: check the two dates."
    return None


def _spell(expert: Expert, post: Employment) -> Spell:
    company, _ = Company.objects.get_or_create(
        name=" ".join(post.company.split()), defaults={"kind": post.kind, "listed": post.listed}
    )
    return Spell(
        expert=expert,
        company=company,
        level=post.level,
        function=post.function,
        start=post.start,
        end=post.end,
        current=post.current,
    )


@transaction.atomic
def ask_identity(*, expert: Expert, programme: Programme, purpose: str, by: User) -> IdentityRequest:
    """Ask to know who an expert is; a second person of compliance has to agree."""
    require_on(by, P.CLEAR_TRANSCRIPTS, programme)
    if purpose not in RevealPurpose.values:
        raise Invalid("Say what the identity is needed for: choose one of the purposes.")
    if not SealedIdentity.objects.filter(expert=expert).exists():
        raise Invalid("No identity was sealed for this expert, so there is none to open.")
    request = IdentityRequest.objects.create(
        expert=expert, programme=programme, purpose=purpose, asked_by=by, asked_at=now()
    )
    audit.record(programme.chain, "identity-asked", expert, by=by, request=request.pk, purpose=purpose)
    return request


@transaction.atomic
def agree_identity(*, request: IdentityRequest, by: User) -> IdentityRequest:
    """Agree, as the second person, that the one who asked may know."""
    request = IdentityRequest.objects.select_for_update().get(pk=request.pk)
    require_on(by, P.CLEAR_TRANSCRIPTS, request.programme)
    refuse_if(agreeing_refusal(by, request))
    if request.agreed_at:
        raise IllegalMove("Somebody has agreed to this request already.")
    request.agreed_by, request.agreed_at = by, now()
    request.save(update_fields=["agreed_by", "agreed_at"])
    audit.record(request.programme.chain, "identity-agreed", request.expert, by=by, request=request.pk)
    return request


@transaction.atomic
def reveal_identity(*, request: IdentityRequest, by: User) -> Identity:
    """The identity itself, for who asked, within a day of the agreement. Every opening is on the record first."""
    request = IdentityRequest.objects.select_related("expert__sealed", "programme", "asked_by").get(pk=request.pk)
    require_on(by, P.CLEAR_TRANSCRIPTS, request.programme)
    refuse_if(opening_refusal(by, request))
    if request.agreed_at is None:
        raise IllegalMove("A second person has not agreed to this request yet.")
    if now() > request.agreed_at + OPEN_FOR:
        raise IllegalMove("This agreement is more than a day old: ask again, with the purpose of today.")
    audit.record(request.programme.chain, "identity-revealed", request.expert, by=by, request=request.pk)
    return _unseal(request.expert.sealed)


def sought_names(expert: Expert, subject: str) -> list[names.Sought]:
    """What would give this expert away in a text: the name, and the employers other than the programme's subject.

    For the code that proposes redactions, which shows only words that stand in the text anyway.
    """
    sealed = SealedIdentity.objects.filter(expert=expert).first()
    person = names.of_person(_unseal(sealed).name) if sealed else []
    employers = expert.spells.values_list("company__name", flat=True)
    return person + [one for name in employers if not concerns(name, subject) for one in names.of_company(name)]
