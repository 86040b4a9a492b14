"""May this person do that: asked in one way, answered with a sentence that a disabled button can show too."""

from accounts.models import User
from accounts.roles import PERMISSIONS, Permission, Role, holders


class Refused(Exception):
    """This person may not do that. The message is a sentence for the person."""


def allowed(user: User, permission: Permission) -> bool:
    """True when the user's role holds the permission and the account is active."""
    return bool(user.is_active and user.role and permission in PERMISSIONS[Role(user.role)])


def refusal(user: User, permission: Permission) -> str | None:
    """None when allowed, else the sentence that says who may."""
    if allowed(user, permission):
        return None
    names = [role.label.lower() for role in holders(permission)]
    who = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
    article = "an" if who[0] in "aeiou" else "a"
    return f"Only {article} {who} may {permission.label}."


def require(user: User, permission: Permission) -> None:
    """Raise Refused unless the user holds the permission."""
    if sentence := refusal(user, permission):
        raise Refused(sentence)


def require_other(user: User, *others: User | None, sentence: str) -> None:
    """Raise Refused when the user is one of `others`: nobody signs their own work."""
    if any(other is not None and other.pk == user.pk for other in others):
        raise Refused(sentence)
