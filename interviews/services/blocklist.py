"""Whom nobody of the firm may contact or book: blocked by compliance, or asked to be left alone. Nobody overrides either."""

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction

from accounts import audit
from accounts.models import User
from accounts.moves import Invalid, now
from accounts.permissions import require
from accounts.roles import Permission as P
from interviews.models import Block, Expert, IdentityKey
from interviews.services.identities import Identity, keys_of, owners

BLOCKED = "Compliance has blocked this person: nobody may contact or book them."
OPTED_OUT = "This person asked not to be contacted again."


def blocked(expert: Expert) -> str | None:
    """Why nobody may contact or book this expert, as a sentence, or None: the blocklist and their own wish."""
    return whom_to_leave([expert]).get(expert.pk)


def whom_to_leave(experts: Iterable[Expert]) -> dict[UUID, str]:
    """Those of the experts whom nobody may contact or book, each with the sentence that says why; two queries."""
    experts = list(experts)
    ids, digests = blocked_keys()
    keys = IdentityKey.objects.filter(expert__in=experts).values_list("expert", "digest")
    stopped = ids | {expert_id for expert_id, digest in keys if digest in digests} if digests else ids
    found = {expert.pk: OPTED_OUT for expert in experts if expert.opted_out_at}
    return found | {expert.pk: BLOCKED for expert in experts if expert.pk in stopped}


def blocked_keys() -> tuple[set[UUID], set[str]]:
    """The experts and the digests that stand on the blocklist; one query."""
    rows = list(Block.objects.values_list("expert", "digests"))
    return {expert for expert, _ in rows if expert}, {digest for _, digests in rows for digest in digests}


@transaction.atomic
def block(*, by: User, reason: str, expert: Expert | None = None, identity: Identity | None = None) -> Block:
    """Put a person on the blocklist, by their record or by ways to reach them. It is never taken back.

    With both, and with an identity whose keys are on file, the record is blocked too: a person made anew is the same person.
    """
    require(by, P.SCREEN_EXPERTS)
    reason = " ".join(reason.split())
    if not 1 <= len(reason) <= 300:
        raise Invalid(
            "Say in one to three hundred characters why this person is blocked; the reason is for compliance."
        )
    digests = set(keys_of(identity).values())
    if expert is None:
        expert = _on_file(identity)
    if expert is not None:
        Expert.objects.select_for_update().get(pk=expert.pk)
        digests |= set(expert.keys.values_list("digest", flat=True))
    if expert is None and not digests:
        raise Invalid(
            "Give an e-mail address, a telephone number or a profile link in full: by them a person is known again."
        )
    row = Block.objects.create(expert=expert, digests=sorted(digests), reason=reason, by=by, at=now())
    audit.record(audit.HOUSE, "expert-blocked", row, by=by, expert=expert.pk if expert else None, keys=len(digests))
    return row


def _on_file(identity: Identity | None) -> Expert | None:
    found = set(owners(keys_of(identity).items()).values())
    if len(found) > 1:
        raise Invalid("These ways to reach a person belong to two experts on file: block each of them by their own.")
    return Expert.objects.filter(pk__in=found).first()
