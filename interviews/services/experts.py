"""Experts: one record a person, whatever programme or source they come from; the identity goes in sealed and comes out only
for two people with a purpose, and others see the descriptor."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts import audit
from accounts.models import User
from accounts.moves import IllegalMove, Invalid, now
from accounts.roles import Permission as P
from interviews import names
from interviews.descriptor import KINDS, LEVELS, Post, concerns, line, telling
from interviews.identity_keys import normal_company
from interviews.models import Company, Expert, IdentityKey, IdentityRequest, RevealPurpose, SealedIdentity, Spell
from interviews.permissions import agreeing_refusal, opening_refusal, refuse_if, require_on
from interviews.services.blocklist import BLOCKED, OPTED_OUT, blocked, blocked_keys
from interviews.services.identities import Identity, keys_of, owners, seal, unseal
from research.models import Programme

__all__ = ["Employment", "Identity", "Newcomer", "blocked", "seal"]

# How long an agreed request stays open to the person who asked.
OPEN_FOR = timedelta(hours=24)
# Stands in the outbox for an expert's own mail server; no such host can exist (RFC 6761, 6.4).
SEALED_HOST = "expert.invalid"


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
    evidence: str = ""


@dataclass(frozen=True)
class Newcomer:
    """A person as they are entered. `about` is the number (from 0) of the post that calls are about; `same_as` the expert
    on file that a person said they are, though no key of theirs is known."""

    identity: Identity | None = None
    posts: tuple[Employment, ...] = ()
    about: int | None = None
    zone: str = "Europe/London"
    same_as: UUID | None = None


@dataclass(frozen=True)
class Entered:
    """A person on file: new, or known before. `about` is the post that calls are about, where one was chosen."""

    expert: Expert
    known: bool
    about: Spell | None


def mail_address(expert_id: str) -> str:
    """The e-mail address of an expert, or "" when none is sealed. For the outbox alone, which asks as it sends."""
    sealed = SealedIdentity.objects.filter(expert=UUID(expert_id)).first()
    return unseal(sealed).email if sealed else ""


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
    """Add an expert with posts and sealed identity, and write the descriptor; the expert on file, when a key is known.

    about: the number (from 0) of the post that the calls are about; without it the newest at the programme's subject,
    else the newest. on: the day the descriptor holds for, by default today. Without posts the descriptor says so.
    """
    return enter(programme, [Newcomer(identity, tuple(posts), about)], by=by, on=on)[0].expert


def enter(programme: Programme, people: Sequence[Newcomer], *, by: User, on: date | None = None) -> list[Entered]:
    """Put people on file, all or none, each one record: who is known by a key is found and completed, not made anew.

    Invalid for what can't be, for a person whom nobody may contact, and for details that belong to two people on file.
    Two who enter one person at once get one record: the second finds what the first wrote.
    """
    require_on(by, P.LOG_INTERVIEWS, programme)
    for person in people:
        if sentence := fault_of(person):
            raise Invalid(sentence)
    try:
        with transaction.atomic():
            return _enter(programme, people, by, on)
    except IntegrityError as clash:
        if "identity_key" not in str(clash) and "identitykey" not in str(clash):
            raise
    with transaction.atomic():
        return _enter(programme, people, by, on)


def known_keys(people: Sequence[Newcomer]) -> list[bool]:
    """For each person whether a key of theirs is on file; one query."""
    keys = [keys_of(person.identity) for person in people]
    whose = owners(item for one in keys for item in one.items())
    return [any(item in whose for item in one.items()) for one in keys]


def fault_of(person: Newcomer) -> str | None:
    """What is wrong with a person as entered, as a sentence, or None."""
    for post in person.posts:
        if sentence := _fault(post):
            return sentence
    if person.identity is not None and not person.identity.name.strip():
        return "The expert's name is missing: it is sealed as soon as it is saved."
    if person.about is not None and not 0 <= person.about < len(person.posts):
        return "Choose one of the posts that you entered as the one that the call is about."
    return None


def _enter(programme: Programme, people: Sequence[Newcomer], by: User, on: date | None) -> list[Entered]:
    """As `enter`, in few queries for many people. Keys are written in their order, so that two who enter never wait crosswise."""
    keys = [keys_of(person.identity) for person in people]
    whose = owners(item for one in keys for item in one.items())
    ids = {*whose.values(), *(p.same_as for p in people if p.same_as)}
    on_file = {expert.pk: expert for expert in Expert.objects.filter(pk__in=ids).prefetch_related("spells")}
    stopped, stopped_keys = blocked_keys()
    companies = _companies(post for person in people for post in person.posts)
    entered: list[Entered] = []
    fresh: list[Expert] = []
    new_keys: list[IdentityKey] = []
    spells: list[Spell] = []
    for person, own in zip(people, keys, strict=True):
        expert = _found(person, {whose[item] for item in own.items() if item in whose}, on_file)
        if stopped_keys & set(own.values()) or (expert and expert.pk in stopped):
            raise Invalid(BLOCKED)
        if expert and expert.opted_out_at:
            raise Invalid(OPTED_OUT)
        known = expert is not None
        if expert is None:
            plain = [Post(p.company, p.kind, p.level, p.start, p.end, p.current) for p in person.posts]
            chosen = plain[person.about] if person.about is not None else telling(plain, programme.subject)
            expert = Expert(descriptor=line(chosen, on or now().date()), zone=person.zone)
            fresh.append(expert)
            on_file[expert.pk] = expert
        for kind, digest in own.items():
            if (kind, digest) not in whose:
                new_keys.append(IdentityKey(expert=expert, kind=kind, digest=digest))
                whose[kind, digest] = expert.pk
        held = [] if expert._state.adding else list(expert.spells.all())
        posts = [_spell(expert, post, companies) for post in person.posts]
        mine = [next((old for old in held if _same_post(old, post)), post) for post in posts]
        spells += [post for post in mine if post._state.adding]
        entered.append(Entered(expert, known, mine[person.about] if person.about is not None else None))
    Expert.objects.bulk_create(fresh)
    IdentityKey.objects.bulk_create(sorted(new_keys, key=lambda key: key.digest))
    Spell.objects.bulk_create(spells)
    _seal_all(people, entered)
    for person, one in zip(people, entered, strict=True) if len(people) == 1 else ():
        verb = "expert-found" if one.known else "expert-added"
        sealed = person.identity is not None
        audit.record(programme.chain, verb, one.expert, by=by, posts=len(person.posts), sealed=sealed)
    return entered


def _found(person: Newcomer, known: set[UUID], on_file: dict[UUID, Expert]) -> Expert | None:
    """Who of those on file the person is, by a key or because somebody decided so."""
    if person.same_as:
        known = known | {person.same_as}
    if len(known) > 1:
        raise Invalid(
            "These ways to reach a person belong to two experts on file: enter only those that you are sure of,"
            " and tell compliance."
        )
    return on_file.get(next(iter(known))) if known else None


def _seal_all(people: Sequence[Newcomer], entered: Sequence[Entered]) -> None:
    """Seal the identities; one that is on file already is completed by what it lacked."""
    sealed = {row.expert_id: row for row in SealedIdentity.objects.filter(expert__in=[e.expert for e in entered])}
    new: dict[UUID, SealedIdentity] = {}
    for person, one in zip(people, entered, strict=True):
        if person.identity is None:
            continue
        old = sealed.get(one.expert.pk) or new.get(one.expert.pk)
        if old is None:
            new[one.expert.pk] = SealedIdentity(expert=one.expert, ciphertext=seal(person.identity))
            continue
        before = unseal(old)
        if (whole := before.completed(person.identity)) != before:
            old.ciphertext = seal(whole)
            if not old._state.adding:
                old.save(update_fields=["ciphertext"])
    SealedIdentity.objects.bulk_create(new.values())


def _same_post(one: Spell, other: Spell) -> bool:
    return (one.company_id, one.level, one.start) == (other.company_id, other.level, other.start)


def _fault(post: Employment) -> str | None:
    """What is wrong with one post, as a sentence, or None."""
    if not post.company.strip():
        return "A post needs the name of its company."
    if len(post.company) > 120 or len(post.function) > 80 or len(post.evidence) > 300:
        return "A company's name has at most 120 characters, a function 80, the evidence 300: shorten the longest."
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


def _companies(posts: Iterable[Employment]) -> dict[str, Company]:
    """The companies of the posts by their normal names, those on file and those that are new; a class on file stays."""
    wanted: dict[str, Company] = {}
    for post in posts:
        name = " ".join(post.company.split())
        wanted.setdefault(normal_company(name), Company(name=name, kind=post.kind, listed=post.listed))
    found = {normal_company(row.name): row for row in Company.objects.order_by("-pk")} if wanted else {}
    missing = sorted((row for key, row in wanted.items() if key not in found), key=lambda row: row.name)
    if missing:
        Company.objects.bulk_create(missing, ignore_conflicts=True)
        for row in Company.objects.filter(name__in=[row.name for row in missing]):
            found[normal_company(row.name)] = row
    return found


def spell_of(expert: Expert, post: Employment) -> Spell:
    """A post of an expert as a row that is not saved yet; its company is on file then."""
    return _spell(expert, post, _companies([post]))


def _spell(expert: Expert, post: Employment, companies: dict[str, Company]) -> Spell:
    return Spell(
        expert=expert,
        company=companies[normal_company(" ".join(post.company.split()))],
        level=post.level,
        function=post.function,
        start=post.start,
        end=post.end,
        current=post.current,
        evidence=post.evidence,
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
    return unseal(request.expert.sealed)


def sought_names(expert: Expert, subject: str) -> list[names.Sought]:
    """What would give this expert away in a text: the name, and the employers other than the programme's subject.

    For the code that proposes redactions, which shows only words that stand in the text anyway.
    """
    sealed = SealedIdentity.objects.filter(expert=expert).first()
    person = names.of_person(unseal(sealed).name) if sealed else []
    employers = expert.spells.values_list("company__name", flat=True)
    return person + [one for name in employers if not concerns(name, subject) for one in names.of_company(name)]
