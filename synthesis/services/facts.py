"""From the rows of a programme to the facts of a report: the one place where figures and quotes are gathered.

The shape is that of `synthesis.report.snapshot`. Only live cleared texts, accepted tags and approved words get in;
names of people, ids of rows and anything of a fund do not.
"""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Count, F, OuterRef, Prefetch, Q, Subquery
from django.db.models.functions import Substr

from interviews.models import ClearedTranscript, ClearedTurn, Expert
from interviews.states import InterviewState
from research.models import Claim, Incident, Programme, Statement
from research.models.register import Aspect
from synthesis import queries
from synthesis.models import Citation, Finding, Suggestion, Summary, Tag
from synthesis.report import figures
from synthesis.states import DraftState, Origin, Side, Verdict

Row = dict[str, Any]

# Least sure last: an item is only as sure as the least sure thing that a source says of it.
SURENESS = ("reported", "company", "forecast", "disputed", "unverified")
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def code_of(interview_id: UUID) -> str:
    """The six letters by which a report names an interview: they tell neither a number nor an order."""
    number = int.from_bytes(hashlib.sha256(f"interview:{interview_id}".encode()).digest()[:8], "big")
    letters = []
    for _ in range(6):
        number, place = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[place])
    return "".join(letters)


def evidence(programme: Programme) -> list[ClearedTranscript]:
    """The live cleared texts of a programme, the newest of each interview, by time of the call; words not loaded."""
    rows = (
        ClearedTranscript.objects.live()
        .filter(programme=programme)
        .defer("text")
        .select_related("interview__segment", "interview__expert")
        .prefetch_related("interview__expert__spells__company")
        .order_by("interview__starts_at", "interview__number", "version", "cleared_at")
    )
    return list({row.interview_id: row for row in rows}.values())


def gather(programme: Programme, *, version: int, built_at: datetime, findings: Iterable[Finding] | None = None) -> Row:
    """The facts of a report as they stand: a value of `synthesis.report.snapshot.SHAPE`.

    `findings` are those to include, by default the approved ones. Sentences are rendered here; raises
    `figures.UnknownFigure` when one asks for a figure that can't be counted.
    """
    texts = evidence(programme)
    snapshot = {
        **frame(programme, texts),
        "interviews": [_interview(cleared) | {"summary": said} for cleared, said in _summaries(texts)],
        "built_at": built_at.astimezone(ZoneInfo("UTC")).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "version": version,
        "withheld": 0,
        "method": _method(programme),
    }
    chosen = approved_findings(programme) if findings is None else findings
    snapshot["findings"] = [finding_row(finding, f"F{at}", snapshot) for at, finding in enumerate(chosen, 1)]
    answer = getattr(programme, "answer", None)
    if answer and answer.state == DraftState.APPROVED:
        snapshot["answer"] = [figures.render(line, snapshot) for line in answer.text.split("\n") if line.strip()]
    return snapshot


def frame(programme: Programme, texts: list[ClearedTranscript] | None = None) -> Row:
    """All that figures and register items are taken from; findings, answer and summaries are still empty."""
    texts = evidence(programme) if texts is None else texts
    return {
        "programme": _programme(programme),
        "questions": list(programme.questions.values("code", "title", "text", "bear_signpost", "bull_signpost")),
        "segments": _segments(programme, texts),
        "matrix": [asdict(cell) for cell in queries.cells(programme)],
        "interviews": [_interview(cleared) | {"summary": []} for cleared in texts],
        "answer": [],
        "findings": [],
        **_register(programme),
    }


def approved_findings(programme: Programme) -> list[Finding]:
    """The findings that a report is built from, with their evidence, in the order of the report."""
    return list(with_evidence(programme.findings.filter(state=DraftState.APPROVED)))


def with_evidence(findings: Any) -> Any:
    """A queryset of findings with everything that `finding_row` reads, in a fixed number of queries."""
    cited = Citation.objects.select_related(
        "tag__question", "tag__passage__cleared__interview__segment", "tag__passage__cleared__interview__expert"
    )
    return findings.select_related("question", "author", "approved_by").prefetch_related(
        Prefetch("citations", queryset=with_words(cited, "tag__passage")),
        "citations__tag__passage__cleared__interview__expert__spells__company",
        "claims__statements",
        "incidents__statements",
    )


def with_words(rows: Any, passage: str = "passage") -> Any:
    """Rows with the `words` of their passage and the `start_ms` of its turn; no text is loaded for it.

    `passage` is the way from a row to its passage. Databases count code points, as the offsets do.
    """
    turns = ClearedTurn.objects.filter(
        cleared=OuterRef(f"{passage}__cleared"), index=OuterRef(f"{passage}__turn_index")
    )
    start, end = F(f"{passage}__start"), F(f"{passage}__end")
    return rows.annotate(
        words=Substr(f"{passage}__cleared__text", start + 1, end - start),
        start_ms=Subquery(turns.values("start_ms")[:1]),
    ).defer(f"{passage}__cleared__text")


def finding_row(finding: Finding, name: str, snapshot: Row) -> Row:
    """One finding of the snapshot, rendered with the snapshot's own figures."""
    subject = snapshot["programme"]["subject"]
    citations = sorted(finding.citations.all(), key=lambda citation: (citation.order, citation.pk))
    register: list[tuple[str, Claim | Incident]] = [("claim", item) for item in finding.claims.all()]
    register += [("incident", item) for item in finding.incidents.all()]
    return {
        "id": name,
        "question": finding.question.code,
        "sentence": finding.sentence,
        "rendered": figures.render(finding.sentence, snapshot),
        "supporting": [quote(c.tag, c, subject) for c in citations if c.side == Side.SUPPORTS],
        "contradicting": [quote(c.tag, c, subject) for c in citations if c.side == Side.CONTRADICTS],
        "register": [
            {"kind": kind, "title": item.title, "status": status(item.statements.all())} for kind, item in register
        ],
    }


def quote(tag: Tag, said: Any, subject: str) -> Row:
    """One quote of the snapshot. `said` is a row of `with_words`: the words of the tag's passage and when they fell."""
    passage = tag.passage
    interview = passage.cleared.interview
    code = code_of(interview.pk)
    return {
        "text": said.words,
        "descriptor": interview.descriptor,
        "segment": interview.segment.code,
        "interview": code,
        "turn": passage.turn_index,
        "time_ms": said.start_ms,
        "stance": tag.stance,
        "basis": tag.basis,
        "transcript": code,
        "start": passage.start,
        "end": passage.end,
        "current_employee": is_current_employee(interview.expert, subject),
    }


def is_current_employee(expert: Expert, subject: str) -> bool:
    """Whether the expert works for the programme's subject today; the report marks such evidence.

    Companies are compared by the first word of their names: "Amazon.com (AMZN)" is "Amazon".
    """
    name = re.match(r"\w+", subject)
    if name is None:
        return False
    same = re.compile(rf"{re.escape(name[0])}\b", re.IGNORECASE)
    return any(spell.current and same.match(spell.company.name) for spell in expert.spells.all())


def status(statements: Iterable[Statement]) -> str:
    """How sure an item of the register is: as sure as the least sure of what is said of it."""
    return max((s.standing for s in statements), key=SURENESS.index, default="reported")


def texts_by_code(cleared: Iterable[ClearedTranscript]) -> dict[str, str]:
    """Cleared texts by the code of their interview, as `check_quotes` wants them."""
    return {code_of(row.interview_id): row.text for row in cleared}


def _programme(programme: Programme) -> Row:
    names = ("title", "question", "subject", "thesis", "bull_case", "bear_case", "synthetic")
    dates = {name: getattr(programme, name).isoformat() for name in ("launch_on", "delivery_on")}
    return {"code": programme.slug, **{name: getattr(programme, name) for name in names}, **dates}


def _segments(programme: Programme, texts: list[ClearedTranscript]) -> list[Row]:
    held = Count("interviews", filter=Q(interviews__state=InterviewState.HELD))
    cleared: dict[Any, int] = defaultdict(int)
    for row in texts:
        cleared[row.interview.segment_id] += 1
    return [
        {
            "code": row.code,
            "title": row.title,
            "quota": row.quota,
            "held": max(row.held, cleared[row.pk]),
            "cleared": cleared[row.pk],
        }
        for row in programme.segments.annotate(held=held).order_by("order", "code")
    ]


def _interview(cleared: ClearedTranscript) -> Row:
    interview = cleared.interview
    held = interview.starts_at.astimezone(ZoneInfo(interview.zone)) if interview.starts_at else cleared.cleared_at
    return {
        "id": code_of(interview.pk),
        "descriptor": interview.descriptor,
        "segment": interview.segment.code,
        "held_on": held.date().isoformat(),
        "minutes": interview.minutes,
        "words": cleared.words,
        "transcript_sha256": cleared.sha256,
    }


def _summaries(texts: list[ClearedTranscript]) -> list[tuple[ClearedTranscript, list[Row]]]:
    """Each text with the sentences of its approved summary, cut from its words."""
    approved = Summary.objects.filter(cleared__in=texts, state=DraftState.APPROVED).select_related("cleared")
    said = points(approved)
    return [(cleared, said.get(cleared.pk, [])) for cleared in texts]


def points(summaries: Iterable[Summary]) -> dict[UUID, list[Row]]:
    """The sentences of summaries with their words and times, in the order of the call, by cleared text."""
    rows = list(summaries)
    wanted = {point["turn"] for row in rows for point in row.points}
    turns = ClearedTurn.objects.filter(cleared__in={row.cleared_id for row in rows}, index__in=wanted)
    times = {(cleared, index): at for cleared, index, at in turns.values_list("cleared", "index", "start_ms")}
    return {
        row.cleared_id: [
            {**p, "text": row.cleared.text[p["start"] : p["end"]], "time_ms": times.get((row.cleared_id, p["turn"]))}
            for p in row.points
        ]
        for row in rows
    }


def _register(programme: Programme) -> Row:
    said = "statements__source"
    return {
        "incidents": incidents(programme),
        "claims": [
            {"title": row.title, "reports": _reports(row, Aspect.FIGURE)}
            for row in programme.claims.prefetch_related(said)
        ],
        "disagreements": [
            {
                "title": row.title,
                "statements": [{"source": s.source.code, "text": s.text} for s in row.statements.all()],
            }
            for row in programme.disagreements.prefetch_related(said)
        ],
        "sources": list(programme.sources.values("code", "title", "publisher", "published")),
    }


def incidents(programme: Programme) -> list[Row]:
    """The public incidents by date, each with what every source says of it, as a snapshot holds them."""
    return [_incident(row) for row in programme.incidents.prefetch_related("statements__source")]


def _incident(incident: Incident) -> Row:
    hours = None if incident.hours is None else float(incident.hours)
    return {
        "title": incident.title,
        "when": incident.when,
        "date_from": incident.date_from.isoformat(),
        "date_to": incident.date_to.isoformat(),
        "hours": int(hours) if hours is not None and hours.is_integer() else hours,
        "disputed": any(s.standing == "disputed" for s in incident.statements.all()),
        "reports": _reports(incident, Aspect.LASTED, Aspect.EFFECT, Aspect.ATTRIBUTION),
    }


def _reports(item: Any, *aspects: str) -> list[Row]:
    """What each source says of an item, side by side."""
    by_source: dict[str, list[Statement]] = defaultdict(list)
    for statement in item.statements.all():
        by_source[statement.source.code].append(statement)
    return [
        {
            "source": source,
            **{str(aspect): "; ".join(s.text for s in said if s.aspect == aspect) for aspect in aspects},
            "status": status(said),
        }
        for source, said in sorted(by_source.items())
    ]


def _method(programme: Programme) -> Row:
    """What the machine suggested and what people made of it, over the texts that stand."""
    live = Q(run__cleared__programme=programme, run__cleared__recalled_at__isnull=True)
    shown = Suggestion.objects.current().filter(live)
    versions = shown.values_list("run__model", "run__encoder", "run__codebook__version").order_by().distinct()
    tags = Tag.objects.filter(question__programme=programme, passage__cleared__recalled_at__isnull=True)
    machine, accepted = Q(origin=Origin.MACHINE), Q(verdict=Verdict.ACCEPTED)
    counts = tags.aggregate(
        accepted=Count("pk", filter=machine & accepted),
        rejected=Count("pk", filter=machine & ~accepted),
        added=Count("pk", filter=~machine & accepted),
        reviewers=Count("decided_by", distinct=True),
    )
    models, encoders, codebooks = (sorted({str(row[at]) for row in versions}) for at in range(3))
    return {
        "tagger": ", ".join(models),
        "encoder": ", ".join(encoders),
        "codebook": ", ".join(f"version {number}" for number in codebooks),
        "suggested": shown.count(),
        **counts,
    }
