"""What the reader, the review and the analysis show, read in a fixed number of queries and without loading a text in a list."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Abs, Substr

from accounts.models import Job, JobState, User
from interviews.models import ClearedTranscript, ClearedTurn
from research.models import Programme
from synthesis.models import Run, Suggestion, Tag
from synthesis.permissions import review_refusal
from synthesis.states import Verdict
from synthesis.statistics import Cell, Voice, matrix, stance_of

OPEN = "open"
STATES = {OPEN: "Open", Verdict.ACCEPTED: "Accepted", Verdict.REJECTED: "Rejected"}
BANDS = {"high": (0.5, 1.01), "middle": (0.35, 0.5), "low": (0.0, 0.35)}


@dataclass(frozen=True, slots=True)
class Item:
    """An open suggestion or a decision. `key` (passage and question) stays the same when a suggestion is decided."""

    key: str
    turn: int
    start: int
    end: int
    question: str
    state: str
    stance: str
    basis: str
    score: float | None
    reason: Mapping[str, Any] = field(hash=False)
    model: str
    codebook: int | None
    suggestion: str
    tag: str = ""
    by: str = ""
    at: datetime | None = None
    refusal: str = ""


# The reader ---------------------------------------------------------------------------------------------------------

_PASSAGE: tuple[str, ...] = ("passage_id", "passage__turn_index", "passage__start", "passage__end", "question__code")


def items_of(cleared: ClearedTranscript, user: User, *, turn: int | None = None) -> list[Item]:
    """The open suggestions and the decisions of a text, or of one of its turns, in the order of the words."""
    suggestions = Suggestion.objects.open().filter(run__cleared=cleared)
    tags = Tag.objects.filter(passage__cleared=cleared)
    if turn is not None:
        suggestions, tags = suggestions.filter(passage__turn_index=turn), tags.filter(passage__turn_index=turn)
    found = [*open_items(suggestions), *decided_items(tags, user)]
    return sorted(found, key=lambda item: (item.start, item.end, item.question))


_SUGGESTED: tuple[str, ...] = ("stance", "basis", "score", "reason", "run__model", "run__codebook__version", "pk")
_DECIDED: tuple[str, ...] = ("verdict", "stance", "basis", "suggestion__score", "suggestion__reason", "model")
_DECIDED += ("suggestion__run__codebook__version", "suggestion_id", "pk")
_DECIDED += ("decided_by_id", "decided_by__name", "decided_by__is_active", "decided_at")


def open_items(suggestions: QuerySet[Suggestion]) -> list[Item]:
    """Suggestions as items, in the order given."""
    rows = suggestions.values_list(*_PASSAGE, *_SUGGESTED)
    return [
        Item(f"{passage}-{code}", turn, start, end, code, OPEN, stance, basis, score, reason, model, book, str(pk))
        for passage, turn, start, end, code, stance, basis, score, reason, model, book, pk in rows
    ]


def decided_items(tags: QuerySet[Tag], user: User) -> list[Item]:
    """Decisions as items, in the order given; `refusal` says why this person may not change one."""
    nobody = review_refusal(user) or ""
    items = []
    rows = tags.values_list(*_PASSAGE, *_DECIDED)
    for passage, turn, start, end, code, state, stance, basis, score, reason, model, book, origin, pk, *who in rows:
        by, name, active, at = who
        others = f"{name} decided this. Only they may change it; ask them." if by != user.pk and active else ""
        key, source = f"{passage}-{code}", str(origin or "")
        reasons = (score, reason or {}, model, book, source, str(pk), name, at, nobody or others)
        items.append(Item(key, turn, start, end, code, state, stance, basis, *reasons))
    return items


# The queue ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Filters:
    """What the queue shows; empty means all. `state` open lists suggestions, the others decisions."""

    question: str = ""
    segment: str = ""
    stance: str = ""
    basis: str = ""
    state: str = OPEN
    band: str = ""
    order: str = "score"

    @classmethod
    def read(cls, given: Mapping[str, str]) -> "Filters":
        """From an address; what is not known is left at its default."""
        known = {"state": set(STATES), "band": {"", *BANDS}, "order": {"score", "unsure", "text"}}
        names = ("question", "segment", "stance", "basis", "state", "band", "order")
        values = {name: given[name] for name in names if name in given}
        return cls(**{name: value for name, value in values.items() if value in known.get(name, {value})})


@dataclass(frozen=True)
class Row:
    """One line of the queue: an item, where it stands, and what was asked before it."""

    item: Item
    cleared_id: UUID
    label: str
    segment: str
    descriptor: str
    asked: str
    before: str
    words: str
    after: str


def queue(programme: Programme, filters: Filters) -> QuerySet[Any]:
    """The suggestions or decisions that match, in the order asked for; sliceable, and without any text."""
    rows: QuerySet[Any]
    if filters.state == OPEN:
        rows, score = Suggestion.objects.open().filter(run__cleared__programme=programme), "score"
    else:
        live = Tag.objects.filter(passage__cleared__programme=programme, passage__cleared__recalled_at__isnull=True)
        rows, score = live.filter(verdict=filters.state), "suggestion__score"
    exact = {"question__code": filters.question, "stance": filters.stance, "basis": filters.basis}
    exact["passage__cleared__interview__segment__code"] = filters.segment
    rows = rows.filter(**{name: value for name, value in exact.items() if value})
    if filters.band:
        low, high = BANDS[filters.band]
        rows = rows.filter(**{f"{score}__gte": low, f"{score}__lt": high})
    place = ("passage__cleared__interview__number", "passage__start", "question__code", "pk")
    # A score is a probability, so the machine is least sure where it is one half.
    unsure = Abs(F(score) - 0.5).asc(nulls_last=True)
    first = {"score": [F(score).desc(nulls_last=True)], "unsure": [unsure], "text": []}
    return rows.order_by(*first[filters.order], *place)


def rows_of(page: QuerySet[Any], user: User, *, around: int = 260) -> list[Row]:
    """The lines of one page of the queue, with the words cut out by the database: four queries."""
    keys = [str(pk) for pk in page.values_list("pk", flat=True)]
    if not keys:
        return []
    rows = page.model._default_manager.filter(pk__in=keys)
    items = open_items(rows) if page.model is Suggestion else decided_items(rows, user)
    by_key = {item.tag or item.suggestion: item for item in items}
    call = "passage__cleared__interview"
    columns = ("passage__cleared", f"{call}__number", f"{call}__segment__title", f"{call}__descriptor")
    places = {str(pk): place for pk, *place in rows.values_list("pk", *columns)}
    turns = _turns((places[key][0], by_key[key].turn) for key in keys)
    return [_row(by_key[key], places[key], turns, around) for key in keys if key in by_key]


def _row(item: Item, place: list[Any], turns: dict[UUID, list[Any]], around: int) -> Row:
    cleared_id, number, segment, descriptor = place
    asked, own = _exchange(turns[cleared_id], item.turn)
    first, last = item.start - own.start, item.end - own.start
    before, words, after = own.words[:first], own.words[first:last], own.words[last:]
    label = f"INT-{number:03d}"
    return Row(item, cleared_id, label, segment, descriptor, asked, _tail(before, around), words, _head(after, around))


def _turns(wanted: Iterable[tuple[UUID, int]]) -> dict[UUID, list[Any]]:
    """The turns wanted and up to four before each, with their words."""
    near = Q(pk__in=[])
    for cleared_id, index in set(wanted):
        near |= Q(cleared=cleared_id, index__gte=index - 4, index__lte=index)
    words = Substr("cleared__text", F("start") + 1, F("end") - F("start"))
    found = defaultdict(list)
    for turn in ClearedTurn.objects.filter(near).annotate(words=words).order_by("cleared", "index"):
        found[turn.cleared_id].append(turn)
    return found


def _exchange(turns: list[Any], index: int) -> tuple[str, Any]:
    """What the interviewer last said before a turn, and the turn."""
    asked = [turn.words for turn in turns if turn.index < index and turn.role == "interviewer"]
    return _tail(asked[-1], 300) if asked else "", next(turn for turn in turns if turn.index == index)


def _tail(text: str, most: int) -> str:
    return text if len(text) <= most else "…" + text[-most:].partition(" ")[2]


def _head(text: str, most: int) -> str:
    return text if len(text) <= most else text[:most].rpartition(" ")[0] + "…"


@dataclass(frozen=True)
class Reviewed:
    """How far the review of one question has come, in suggestions."""

    question: str
    title: str
    open: int
    accepted: int
    rejected: int

    @property
    def decided(self) -> int:
        return self.accepted + self.rejected

    @property
    def total(self) -> int:
        return self.decided + self.open


def open_count(programme: Programme) -> int:
    """How many suggestions wait for a person."""
    return Suggestion.objects.open().filter(run__cleared__programme=programme).count()


def reviewed(programme: Programme) -> list[Reviewed]:
    """The state of the review by question: a fixed number of queries, however many suggestions there are."""
    waiting = Suggestion.objects.open().filter(run__cleared__programme=programme)
    still = dict(waiting.order_by().values_list("question").annotate(n=Count("pk")))
    live = Tag.objects.filter(passage__cleared__programme=programme, passage__cleared__recalled_at__isnull=True)
    decided: dict[Any, dict[str, int]] = defaultdict(dict)
    for question, verdict, n in live.order_by().values_list("question", "verdict").annotate(n=Count("pk")):
        decided[question][verdict] = n
    return [
        Reviewed(
            question.code,
            question.title,
            still.get(question.pk, 0),
            decided[question.pk].get("accepted", 0),
            decided[question.pk].get("rejected", 0),
        )
        for question in programme.questions.all()
    ]


# Runs ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tagging:
    """How far the tagging of a programme has come: texts done of texts cleared, and what stands in the way."""

    done: int
    total: int
    waiting: int
    running: int
    failed: tuple[Job, ...]

    @property
    def busy(self) -> bool:
        return self.waiting + self.running > 0


def tagging(programme: Programme, words: str, model: str) -> Tagging:
    """`words` is the hash of the questions as they stand, `model` the version in use; a run with both is done."""
    live = set(programme.cleared_transcripts.live().values_list("pk", flat=True))
    runs = Run.objects.filter(cleared__in=live, codebook__sha256=words, model=model, current=True)
    done = set(runs.values_list("cleared", flat=True))
    subjects = {str(pk) for pk in live - done}
    jobs = Job.objects.filter(kind="tag", scope=str(programme.pk)).exclude(state=JobState.DONE)
    mine = [job for job in jobs if job.subject in subjects]
    return Tagging(
        done=len(done),
        total=len(live),
        waiting=sum(job.state == JobState.PENDING for job in mine),
        running=sum(job.state == JobState.RUNNING for job in mine),
        failed=tuple(job for job in mine if job.state in (JobState.FAILED, JobState.QUARANTINED)),
    )


def runs_of(programme: Programme) -> QuerySet[Run]:
    """The runs that are shown, with how much each suggested."""
    rows = Run.objects.filter(cleared__programme=programme, current=True, cleared__recalled_at__isnull=True)
    return (
        rows.select_related("codebook", "cleared__interview__segment")
        .defer("cleared__text", "codebook__questions")
        .annotate(suggested=Count("suggestions"))
        .order_by("cleared__interview__number")
    )


# The analysis -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Evidence:
    """The texts that count: the newest cleared one of each interview, and whose words they are."""

    segment_of: Mapping[UUID, str]
    person_of: Mapping[UUID, str]

    @property
    def people(self) -> dict[str, set[str]]:
        """The people interviewed, by segment."""
        found: dict[str, set[str]] = defaultdict(set)
        for cleared_id, segment in self.segment_of.items():
            found[segment].add(self.person_of[cleared_id])
        return found


def evidence(programme: Programme) -> Evidence:
    """Somebody interviewed in two segments is one voice in each."""
    rows = programme.cleared_transcripts.live().order_by("version", "cleared_at")
    columns = rows.values_list("interview", "pk", "interview__segment__code", "interview__expert")
    newest = {interview: (pk, segment, f"{expert} {segment}") for interview, pk, segment, expert in columns}
    return Evidence(
        {pk: segment for pk, segment, _ in newest.values()}, {pk: person for pk, _, person in newest.values()}
    )


def evidence_tags(programme: Programme, texts: Evidence) -> QuerySet[Tag]:
    """The accepted tags in the texts that count."""
    return Tag.objects.accepted().filter(question__programme=programme, passage__cleared__in=list(texts.segment_of))


def cells(programme: Programme) -> tuple[Cell, ...]:
    """Question x segment x stance in people: the same figures as the report's."""
    texts = evidence(programme)
    tags = evidence_tags(programme, texts).order_by()
    voices = [
        Voice(texts.person_of[cleared], texts.segment_of[cleared], code, stance)
        for cleared, code, stance in tags.values_list("passage__cleared", "question__code", "stance")
    ]
    people = texts.people
    counts = {segment.code: len(people[segment.code]) for segment in programme.segments.all()}
    return matrix(voices, counts, [question.code for question in programme.questions.all()])


@dataclass(frozen=True)
class Quote:
    """An accepted passage, word for word, and where it stands."""

    words: str
    stance: str
    basis: str
    cleared_id: UUID
    turn: int
    start_ms: int | None
    key: str


@dataclass(frozen=True)
class Person:
    """What one person said to one question; `stance` is the person's, folded from the quotes."""

    stance: str
    segment: str
    descriptor: str
    label: str
    cleared_id: UUID
    quotes: tuple[Quote, ...]


def people_on(programme: Programme, question: str, segment: str = "") -> list[Person]:
    """Everybody interviewed (in a segment), with their accepted passages on a question, in the order of the calls."""
    texts = evidence(programme)
    said: dict[str, list[Quote]] = defaultdict(list)
    for cleared_id, quote in _quotes(evidence_tags(programme, texts).filter(question__code=question)):
        said[texts.person_of[cleared_id]].append(quote)
    rows = ClearedTranscript.objects.filter(pk__in=list(texts.segment_of)).order_by("interview__number")
    if segment:
        rows = rows.filter(interview__segment__code=segment)
    columns = ("pk", "interview__segment__title", "interview__descriptor", "interview__number")
    found: dict[str, Person] = {}
    for pk, title, descriptor, number in rows.values_list(*columns):
        person, quotes = texts.person_of[pk], tuple(said[texts.person_of[pk]])
        stance = stance_of(quote.stance for quote in quotes)
        found.setdefault(person, Person(stance, title, descriptor, f"INT-{number:03d}", pk, quotes))
    return list(found.values())


def _quotes(tags: QuerySet[Tag]) -> Iterable[tuple[UUID, Quote]]:
    start, end = F("passage__start"), F("passage__end")
    rows = (
        tags.annotate(words=Substr("passage__cleared__text", start + 1, end - start))
        .order_by("passage__cleared__interview__number", "passage__start")
        .values_list(
            "passage__cleared", "words", "stance", "basis", "passage__turn_index", "passage_id", "question__code"
        )
    )
    found = list(rows)
    places = {(cleared_id, turn_index) for cleared_id, _, _, _, turn_index, _, _ in found}
    times = {
        (cleared_id, index): start_ms
        for cleared_id, index, start_ms in ClearedTurn.objects.filter(
            cleared__in={cleared_id for cleared_id, _ in places}
        ).values_list("cleared", "index", "start_ms")
        if (cleared_id, index) in places
    }
    for cleared_id, words, stance, basis, index, passage, code in found:
        yield (
            cleared_id,
            Quote(words, stance, basis, cleared_id, index, times.get((cleared_id, index)), f"{passage}-{code}"),
        )
