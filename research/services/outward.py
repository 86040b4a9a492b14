"""The one name of a programme that leaves the firm, and what it must not give away."""

from collections.abc import Iterable

from accounts.moves import Invalid
from research.models import Fund, Programme, Vehicle
from research.outward import leaks, names_of, words_of

# Says not which name: who chooses a code name may not know the funds.
TELLING = "This code name tells experts something about the client, the subject or the programme. Choose another word."


def secrets_of(programme: Programme) -> list[str]:
    """The names that nothing outward may hold: of the programme, its subject, and every fund on file, in two queries.

    Every fund and not only those that take part, so that what is refused tells nobody which do.
    """
    names = [programme.title, programme.slug, *names_of(programme.subject)]
    for name, domain in Fund.objects.values_list("name", "domain"):
        names += [*names_of(name), domain]
    for name in Vehicle.objects.values_list("name", flat=True):
        names += names_of(name)
    return names


def neutral_of(programme: Programme, codenames: Iterable[str]) -> list[str]:
    """Those of the code names that give nothing away, not even a word of the subject's or a fund's name."""
    secrets = secrets_of(programme)
    secrets += [word for name in secrets for word in words_of(name)]
    return [name for name in codenames if not leaks(name, secrets)]


def require_neutral(programme: Programme) -> None:
    """Invalid when the programme's code name gives something away."""
    if programme.codename and not neutral_of(programme, [programme.codename]):
        raise Invalid(TELLING)


def public_name(programme: Programme) -> str:
    """The code name, or nothing when it came to give something away since it was set: a fund may be called so today."""
    name = programme.codename
    return "" if name and leaks(name, secrets_of(programme)) else name
