"""The sample's screening: its questionnaire, what each candidate answered, the reviews, papers, cards and exceptions.

Most answered in order; who did not is written down in screening.json by the number of the call.
"""

import json
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from accounts.models import User
from accounts.roles import Role
from interviews.models import Candidate, QuestionKind, ScreeningQuestion
from interviews.services import credentials, exceptions, questionnaires, topics
from research.models import Programme

REASONS = (
    "Posts and dates agree with the profile; told the matter in their own words.",
    "Evidence of the posts is on file and the checks of knowledge were answered.",
    "Known from an earlier call; the answers agree with what is on file.",
)


@cache
def facts() -> dict[str, Any]:
    """The contents of screening.json."""
    return json.loads((Path(__file__).parent / "screening.json").read_text(encoding="utf-8"))


def ask(programme: Programme, by: User) -> None:
    """Write the questionnaire: the standard exclusions, then what the sample asks each segment."""
    questionnaires.add_exclusions(programme=programme, by=by)
    segments = {segment.code: segment for segment in programme.segments.all()}
    for row in facts()["questions"]:
        given = row | {"segment": segments[row["segment"]]}
        questionnaires.add_question(
            programme=programme, by=by, **{name: value for name, value in given.items() if name != "answer"}
        )


def screen(candidate: Candidate, number: int, by: User, day: date, people: dict[str, User]) -> None:
    """Take the person of call `number` through the screening as far as the sample tells, for a call on that day.

    by: the analyst who asked them. One of compliance reviews; the papers are those of the firm's course.
    """
    odd = facts()["candidates"].get(str(number), {})
    if odd.get("unasked"):
        return
    answers = {q.pk: odd.get("answers", {}).get(q.text, _in_order(q)) for q in questionnaires.asked_of(candidate)}
    questionnaires.answer(candidate, answers, by=None if odd.get("by_link") else by)
    if odd.get("unreviewed"):
        return
    compliance = sorted((user for user in people.values() if user.role == Role.COMPLIANCE), key=lambda u: u.name)
    reviewer = compliance[number % len(compliance)]
    reason = odd.get("reason", REASONS[number % len(REASONS)])
    questionnaires.review(candidate=candidate, passed=True, reason=reason, by=reviewer)
    since = date.fromisoformat(odd.get("papers", facts()["papers"]))
    for kind, method in (("training", "Course of the firm"), ("terms", "Signed on paper")):
        credentials.record(
            expert=candidate.expert, programme=candidate.programme, kind=kind, on=since, method=method, by=by
        )
    may, may_not = topics.default_of(candidate, day)
    topics.set_card(candidate=candidate, may=may, may_not=may_not, by=by)
    if "exception" in odd:
        until = date.fromisoformat(odd["exception"]["until"])
        signer = people[odd["exception"]["by"]]
        exceptions.sign(candidate=candidate, reason=odd["exception"]["reason"], until=until, by=signer)


def _in_order(question: ScreeningQuestion) -> str:
    """The answer of somebody with whom all is well."""
    if question.kind == QuestionKind.PLAIN and not question.options:
        return next(row["answer"] for row in facts()["questions"] if row["text"] == question.text)
    return next(option for option in question.options if option not in question.wrong)
