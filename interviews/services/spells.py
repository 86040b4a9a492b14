"""The employments of an expert: written, corrected, and verified against evidence by somebody other than who entered them."""

from django.db import transaction

from accounts import audit
from accounts.models import User
from accounts.moves import IllegalMove, Invalid, now
from accounts.permissions import Refused, allowed, refusal
from accounts.roles import Permission as P
from interviews.descriptor import line, telling
from interviews.models import Candidate, Expert, Spell
from interviews.permissions import refuse_if, require_on
from interviews.services import experts
from interviews.services.descriptors import post_of, redescribe
from interviews.services.experts import Employment, Newcomer
from research.models import Programme

OWN = "You added this expert, so another person must verify the post."


def verifying_refusal(user: User, expert: Expert) -> str | None:
    """Who may verify a post: those who recruit or screen, but not who added the expert."""
    if not allowed(user, P.SCREEN_EXPERTS) and (sentence := refusal(user, P.LOG_INTERVIEWS)):
        return sentence
    return OWN if any(row.added_by_id == user.pk for row in expert.candidacies.all()) else None


@transaction.atomic
def write_spell(
    *, expert: Expert, programme: Programme, post: Employment, by: User, spell: Spell | None = None
) -> Spell:
    """Add a post to an expert, or correct one; what was verified is to be verified again. Descriptors follow."""
    require_on(by, P.LOG_INTERVIEWS, programme)
    if sentence := experts.fault_of(Newcomer(posts=(post,))):
        raise Invalid(sentence)
    for_programmes = _lock_around(expert)
    fresh = experts.spell_of(expert, post)
    if spell is None:
        fresh.save()
        spell = fresh
    else:
        spell = Spell.objects.select_for_update(of=("self",)).get(pk=spell.pk, expert=expert)
        for name in ("company", "level", "function", "start", "end", "current", "evidence"):
            setattr(spell, name, getattr(fresh, name))
        spell.verified_by = spell.verified_at = None
        spell.save()
    posts = [post_of(row) for row in expert.spells.select_related("company")]
    Expert.objects.filter(pk=expert.pk).update(descriptor=line(telling(posts, programme.subject), now().date()))
    for one in for_programmes:
        redescribe(one)
    audit.record(programme.chain, "spell-written", expert, by=by, spell=spell.pk)
    return spell


@transaction.atomic
def verify_spell(*, spell: Spell, programme: Programme, evidence: str, by: User) -> Spell:
    """Note that a post was checked: who did, when, and against what. Not by who added the expert."""
    permission = P.SCREEN_EXPERTS if allowed(by, P.SCREEN_EXPERTS) else P.LOG_INTERVIEWS
    require_on(by, permission, programme)
    spell = Spell.objects.select_for_update(of=("self",)).select_related("expert").get(pk=spell.pk)
    if not Candidate.objects.filter(programme=programme, expert=spell.expert).exists():
        raise Refused("This expert is in none of your programmes.")
    refuse_if(verifying_refusal(by, spell.expert))
    if spell.verified_at:
        raise IllegalMove("Somebody has verified this post already.")
    evidence = " ".join((evidence or spell.evidence).split())
    if not 1 <= len(evidence) <= 300:
        raise Invalid("Say in one to three hundred characters what shows this post: a document, a page, a referee.")
    spell.evidence, spell.verified_by, spell.verified_at = evidence, by, now()
    spell.save(update_fields=["evidence", "verified_by", "verified_at"])
    audit.record(programme.chain, "spell-verified", spell.expert, by=by, spell=spell.pk)
    return spell


def _lock_around(expert: Expert) -> list[Programme]:
    """The programmes of an expert and then the expert, locked in the order in which everybody does."""
    ids = list(expert.candidacies.values_list("programme", flat=True))
    programmes = list(Programme.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk"))
    Expert.objects.select_for_update().get(pk=expert.pk)
    return programmes
