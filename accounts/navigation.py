"""The sections of a programme, and who sees a link to which. The pages themselves refuse; this spares a dead end."""

from dataclasses import dataclass
from typing import Any

from django.urls import NoReverseMatch, reverse

from accounts.permissions import allowed
from accounts.roles import Permission as P


@dataclass(frozen=True)
class Section:
    """A link: shown to those who hold any of the permissions. `apart` starts a new group."""

    label: str
    url_name: str
    permissions: tuple[P, ...]
    apart: bool = False


@dataclass(frozen=True)
class Link:
    label: str
    href: str
    apart: bool = False
    current: bool = False


STAFF = (
    Section("Overview", "programme", (P.SEE_PROGRAMMES,)),
    Section("Field", "field", (P.SEE_PROGRAMMES,)),
    Section("Questions", "questions", (P.SEE_PROGRAMMES,)),
    Section("Register", "register", (P.SEE_PROGRAMMES,)),
    Section("Experts", "experts", (P.KEEP_SCREENING,), apart=True),
    Section("Interviews", "interviews", (P.SEE_PROGRAMMES,)),
    Section("Calendar", "calendar", (P.SEE_PROGRAMMES,)),
    Section("Planner", "plans", (P.LOG_INTERVIEWS,)),
    Section("Screening", "screening", (P.KEEP_SCREENING,)),
    Section("Transcripts", "transcripts", (P.READ_CLEARED, P.READ_SOURCE, P.UPLOAD_TRANSCRIPTS)),
    Section("Honoraria", "honoraria", (P.APPROVE_HONORARIA, P.LOG_INTERVIEWS)),
    Section("Review", "review", (P.REVIEW_TAGS,), apart=True),
    Section("Analysis", "analysis", (P.READ_CLEARED,)),
    Section("Report", "report", (P.BUILD_REPORT, P.APPROVE_REPORT, P.RELEASE)),
    Section("Terms", "terms", (P.SEE_PROGRAMMES,), apart=True),
    Section("Seats", "seats", (P.MANAGE_SEATS, P.SEE_FUNDS)),
    Section("Invitations", "invitations", (P.MANAGE_SEATS,)),
    Section("Fees", "fees", (P.MANAGE_FEES,)),
    Section("Audit", "audit", (P.READ_AUDIT,)),
)
PORTAL = (
    Section("Overview", "portal_programme", (P.READ_RELEASED,)),
    Section("Report", "portal_report", (P.READ_RELEASED,)),
    Section("Interviews", "portal_interviews", (P.READ_RELEASED,)),
    Section("Search", "portal_search", (P.READ_RELEASED,)),
)
FUND = (
    Section("Programmes", "portal", (P.READ_RELEASED,)),
    Section("Offers", "offers", (P.SIGN_TERMS,)),
    Section("People", "fund_people", (P.MANAGE_FUND_PEOPLE, P.SIGN_TERMS), apart=True),
    Section("Terms", "fund_terms", (P.READ_RELEASED,)),
    Section("Policy", "fund_policy", (P.SET_FUND_POLICY,)),
    Section("Fees", "fund_fees", (P.SEE_FEES,)),
    Section("Record", "fund_records", (P.READ_RECORD,)),
)


def links(sections: tuple[Section, ...], path: str, active: str, **key: Any) -> list[Link]:
    """Sections as links; the current one is `active`, or the one whose address is the longest beginning of `path`."""
    found = []
    for section in sections:
        try:
            found.append((section, reverse(section.url_name, kwargs=key)))
        except NoReverseMatch:
            continue
    ahead = [href for _, href in found if path.startswith(href)]
    nearest = max(ahead, key=len, default="")
    return [Link(s.label, href, s.apart, s.url_name == active if active else href == nearest) for s, href in found]


def staff(user: Any, slug: str, path: str, active: str = "") -> list[Link]:
    """The sections of a programme that this person of the firm may open."""
    return links(_open_to(user, STAFF), path, active, slug=slug)


def portal(public_id: Any, path: str, active: str = "") -> list[Link]:
    """The sections of a programme as a fund sees it, and the way to what is the fund's own."""
    return [*links(PORTAL, path, active, public_id=public_id), Link("Your fund", reverse("fund_terms"), apart=True)]


def fund(user: Any, path: str, active: str = "") -> list[Link]:
    """What a fund's person may open besides one programme."""
    return links(_open_to(user, FUND), path, active)


def _open_to(user: Any, sections: tuple[Section, ...]) -> tuple[Section, ...]:
    return tuple(s for s in sections if any(allowed(user, permission) for permission in s.permissions))
