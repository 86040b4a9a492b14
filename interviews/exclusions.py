"""The standard exclusion questions: who is not heard whatever they know (domain rules N18, N19). Every one knocks out."""

from typing import TypedDict


class Exclusion(TypedDict):
    text: str
    options: list[str]
    wrong: list[str]


YES_NO = ["No", "Yes"]


def _yes_excludes(text: str) -> Exclusion:
    return {"text": text, "options": YES_NO, "wrong": ["Yes"]}


EXCLUSIONS: list[Exclusion] = [
    {
        "text": "Does an agreement of secrecy, or a duty to an employer or client, keep you from speaking about this subject?",
        "options": ["No", "Yes, but not about what was named", "Yes"],
        "wrong": ["Yes"],
    },
    _yes_excludes("Are you, or were you in the last twelve months, a public official or a government employee?"),
    _yes_excludes("Do you take part in a clinical trial, or hold results of one that are not published?"),
    _yes_excludes("Are you a party, witness or adviser in a lawsuit or an investigation about this subject?"),
    _yes_excludes("Do you take part in a tender, bid or takeover that is under way and concerns this subject?"),
    _yes_excludes("Do you audit, or did you audit in the last two years, a company that this subject concerns?"),
]
