"""Who may decide what, as sentences: the services raise them and the disabled buttons show them."""

from accounts.models import User
from accounts.permissions import refusal
from accounts.roles import Permission
from synthesis.models import Tag


def review_refusal(user: User) -> str | None:
    """None when this person may decide suggestions and add tags."""
    return refusal(user, Permission.REVIEW_TAGS)


def change_refusal(user: User, tag: Tag) -> str | None:
    """None when this person may change or withdraw a decision: their own, or one of somebody who has left."""
    if sentence := review_refusal(user):
        return sentence
    if tag.decided_by_id == user.pk or not tag.decided_by.is_active:
        return None
    return f"{tag.decided_by.name} decided this. Only they may change it; ask them."


def run_refusal(user: User) -> str | None:
    """None when this person may start a tagging run."""
    return refusal(user, Permission.RUN_TAGGING)
