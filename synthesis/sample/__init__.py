"""The sample's work of people: its hand coding, its findings, their signatures and the released report.

Each step goes through the services as a person would and may be run again: what is there already stays as it is.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import transaction

from accounts import jobs
from accounts.models import Job, User
from accounts.moves import Invalid
from accounts.roles import Role
from interviews.models import ClearedTranscript
from research.models import KeyQuestion, Programme
from synthesis.models import Answer, Deliverable, Suggestion, Summary, Tag
from synthesis.services import deliverables, facts, findings, review, summaries
from synthesis.states import DeliverableState, DraftState, Side, Verdict

HERE = Path(__file__).parent
OVERLAP = 0.5
"""A suggestion is taken for a coded quote when it holds at least this share of its words."""

REJECTIONS = 12


@dataclass(frozen=True)
class Team:
    """Who does what in the sample: one writes, another signs, compliance approves and releases."""

    writer: User
    reader: User
    approver: User
    releaser: User


def team_of(programme: Programme) -> Team:
    """The parts of the sample's work, given to its people in the order of their names."""
    analysts = list(programme.team.filter(role=Role.ANALYST).order_by("name"))
    reviewers = list(programme.team.filter(role=Role.COMPLIANCE).order_by("name"))
    if len(analysts) < 2 or len(reviewers) < 2:
        raise Invalid("The sample needs two analysts and two compliance reviewers on its team.")
    return Team(analysts[0], analysts[1], reviewers[0], reviewers[1])


def run_all(programme: Programme) -> Deliverable:
    """From tagged transcripts to a released report. The files are made by a worker, or here when none is running."""
    apply_coding(programme)
    write_findings(programme)
    write_summaries(programme)
    request_report(programme)
    jobs.drain()
    return release_report(programme)


# Coding -------------------------------------------------------------------------------------------------------------


def coding() -> list[dict[str, Any]]:
    """The hand coding: for each interview its codes (question, stance, basis, quote)."""
    return json.loads((HERE / "coding.json").read_text(encoding="utf-8"))


def apply_coding(programme: Programme) -> dict[str, int]:
    """Decide the sample's suggestions as its coders did, and add what the machine missed; how many of each."""
    team = team_of(programme)
    codes = [code for interview in coding() for code in interview["codes"]]
    questions = {question.code: question for question in programme.questions.all()}
    done = {"accepted": 0, "added": 0, "rejected": 0}
    spans: dict[Any, list[tuple[int, int]]] = {}
    for at, cleared in enumerate(facts.evidence(programme)):
        text = ClearedTranscript.objects.get(pk=cleared.pk)
        coder = (team.writer, team.reader)[at % 2]
        with transaction.atomic():
            for code, span in _places(text, codes):
                spans.setdefault(text.pk, []).append(span)
                if what := _code(text, span, code, questions[code["question"]], coder):
                    done[what] += 1
    done["rejected"] = _reject_clear_misses(programme, spans, team)
    return done


def _places(
    cleared: ClearedTranscript, codes: list[dict[str, str]]
) -> Iterator[tuple[dict[str, str], tuple[int, int]]]:
    """The codes whose quote stands in a text, each with its place."""
    flat = " ".join(cleared.text.split())
    for code in codes:
        if " ".join(code["quote"].split()) in flat:
            yield code, review.locate(cleared, code["quote"])


def _code(
    cleared: ClearedTranscript, span: tuple[int, int], code: dict[str, str], question: KeyQuestion, by: User
) -> str | None:
    """Accept the suggestion that holds the quote, or add it; None when it has been decided before."""
    decided = Tag.objects.filter(passage__cleared=cleared, question=question, verdict=Verdict.ACCEPTED)
    if any(_share(span, tag.passage) >= OVERLAP for tag in decided.select_related("passage")):
        return None
    judged = {"stance": code["stance"], "basis": code["basis"]}
    open_ones = Suggestion.objects.current().filter(run__cleared=cleared, question=question).select_related("passage")
    open_ones = open_ones.exclude(passage__tags__question=question)
    best = max(open_ones, key=lambda row: (_share(span, row.passage), -row.passage.start), default=None)
    if best is not None and _share(span, best.passage) >= OVERLAP:
        review.accept(suggestion=best, by=by, **judged)
        return "accepted"
    review.add(cleared=cleared, start=span[0], end=span[1], question=question, by=by, **judged)
    return "added"


def _reject_clear_misses(programme: Programme, spans: dict[Any, list[tuple[int, int]]], team: Team) -> int:
    """Reject the highest suggestions on words that no coder found to say anything on any question."""
    if Tag.objects.filter(question__programme=programme, verdict=Verdict.REJECTED).exists():
        return 0
    rows = Suggestion.objects.current().filter(run__cleared__in=list(spans)).select_related("passage")
    open_ones = rows.exclude(passage__tags__isnull=False).order_by("-score", "passage__start", "passage__end")
    misses = [row for row in open_ones if not any(_touch(span, row.passage) for span in spans[row.passage.cleared_id])]
    for row in misses[:REJECTIONS]:
        review.reject(suggestion=row, by=team.writer)
    return min(len(misses), REJECTIONS)


def _share(span: tuple[int, int], passage: Any) -> float:
    return max(0, min(span[1], passage.end) - max(span[0], passage.start)) / (span[1] - span[0])


def _touch(span: tuple[int, int], passage: Any) -> bool:
    return span[0] < passage.end and passage.start < span[1]


# Findings and summaries ---------------------------------------------------------------------------------------------


def write_findings(programme: Programme) -> int:
    """Write, cite and sign the sample's findings and its answer; how many findings are new."""
    team, given = team_of(programme), json.loads((HERE / "findings.json").read_text(encoding="utf-8"))
    there = set(programme.findings.values_list("sentence", flat=True))
    texts = list(ClearedTranscript.objects.live().filter(programme=programme))
    new = [row for row in given["findings"] if row["sentence"] not in there]
    for row in new:
        with transaction.atomic():
            _finding(programme, row, texts, team)
    if not Answer.objects.filter(programme=programme).exists():
        findings.write_answer(programme=programme, text="\n".join(given["answer"]), by=team.writer)
        findings.approve_answer(programme=programme, by=team.reader)
    return len(new)


def _finding(programme: Programme, row: dict[str, Any], texts: list[ClearedTranscript], team: Team) -> None:
    question = programme.questions.get(code=row["question"])
    finding = findings.write_finding(
        programme=programme,
        question=question,
        sentence=row["sentence"],
        by=team.writer,
        claims=programme.claims.filter(title__in=row["claims"]),
        incidents=programme.incidents.filter(title__in=row["incidents"]),
    )
    for side, cited in ((Side.SUPPORTS, row["supports"]), (Side.CONTRADICTS, row["contradicts"])):
        for said in cited:
            tag = _tag_of(question, said["quote"], texts)
            findings.cite(finding=finding, tag=tag, side=side, by=team.writer)
    findings.approve_finding(finding=finding, by=team.reader)


def _tag_of(question: KeyQuestion, quote: str, texts: list[ClearedTranscript]) -> Tag:
    """The accepted tag on a question that holds most of a quote."""
    flat = " ".join(quote.split())
    for cleared in texts:
        if flat in " ".join(cleared.text.split()):
            span = review.locate(cleared, quote)
            tags = Tag.objects.accepted().filter(passage__cleared=cleared, question=question).select_related("passage")
            best = max(tags, key=lambda tag: _share(span, tag.passage), default=None)
            if best is not None and _share(span, best.passage) >= OVERLAP:
                return best
    raise Invalid(f"No accepted passage on {question.code} holds the words “{quote[:60]}”.")


def write_summaries(programme: Programme) -> int:
    """Draft and sign a summary for each interview that has none; how many are new."""
    team, new = team_of(programme), 0
    for cleared in facts.evidence(programme):
        if Summary.objects.filter(cleared=cleared).exists():
            continue
        with transaction.atomic():
            summary = summaries.draft_summary(cleared=cleared, by=team.writer)
            summaries.approve_summary(summary=summary, by=team.reader)
        new += 1
    return new


# The report ---------------------------------------------------------------------------------------------------------


def request_report(programme: Programme) -> Job | None:
    """Ask for the sample's version; its job, or None when a version is there."""
    standing = programme.deliverables.exclude(state=DeliverableState.RECALLED).order_by("-version").first()
    if standing is None:
        if not programme.findings.filter(state=DraftState.APPROVED).exists():
            raise Invalid("The sample's findings are not written yet.")
        standing = deliverables.request_report(programme=programme, by=team_of(programme).writer)
    elif standing.state == DeliverableState.FAILED:
        standing = deliverables.retry_report(deliverable=standing, by=team_of(programme).writer)
    if standing.state != DeliverableState.BUILDING:
        return None
    return Job.objects.filter(kind=deliverables.KIND, subject=str(standing.pk)).first()


def release_report(programme: Programme) -> Deliverable:
    """Approve and release the sample's version once it is frozen; Invalid while it is not."""
    team = team_of(programme)
    version = programme.deliverables.exclude(state=DeliverableState.RECALLED).order_by("-version").first()
    if version is None or version.state in (DeliverableState.BUILDING, DeliverableState.FAILED):
        raise Invalid("The sample's report is not built yet. " + (version.message if version else ""))
    if version.state == DeliverableState.FROZEN:
        version = deliverables.approve_report(deliverable=version, by=team.approver)
    if version.state == DeliverableState.APPROVED:
        version = deliverables.release(deliverable=version, by=team.releaser)
    return version
