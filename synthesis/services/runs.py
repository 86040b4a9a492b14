"""Tagging runs: asked for here, computed by a worker, written in one transaction. None touches a person's decision."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef

from accounts import audit, jobs, permissions
from accounts.models import Job, User
from accounts.moves import Invalid
from accounts.roles import Permission
from interviews.models import ClearedTranscript
from research.models import Programme
from synthesis.models import Codebook, Passage, Run, Suggestion
from synthesis.nlp.shapes import MODEL_VERSION, Question, Tagging, Turn
from synthesis.services import codebook

if TYPE_CHECKING:
    from synthesis.nlp import Tagger

log = logging.getLogger(__name__)
KIND = "tag"
BATCH = 500


@dataclass(frozen=True)
class Outcome:
    """What compute hands to commit: a tagging of one text against one codebook; None in it when that run is there."""

    cleared_id: UUID
    codebook_id: int
    model: str
    tagging: Tagging | None


def model_name(sentence_vectors: bool) -> str:
    """The version that a run carries: the same rules without sentence vectors suggest other things."""
    return MODEL_VERSION if sentence_vectors else f"{MODEL_VERSION}-words"


def model_version() -> str:
    """The version that a worker of this installation uses; asked without loading any model."""
    return model_name((settings.ENCODER_DIR / "encoder.json").exists())


def input_hash(cleared: ClearedTranscript, book: Codebook) -> str:
    """What a run's result depends on: the text, the questions, the model."""
    return jobs.fingerprint(cleared.sha256, book.sha256, model_version())


# Asking -------------------------------------------------------------------------------------------------------------


@transaction.atomic
def request_run(cleared: ClearedTranscript, *, by: User | None = None, book: Codebook | None = None) -> Job:
    """Ask for the tagging of one cleared text against the questions as they stand; the same work is one job.

    A run that is there already is shown again. `by` is None when the program asks by itself. Raises Invalid when the
    programme has no question, Refused when this person may not start a run.
    """
    if by is not None:
        permissions.require(by, Permission.RUN_TAGGING)
    if not cleared.programme.questions.exists():
        raise Invalid("This programme has no key question yet. Add one, then tag the transcripts.")
    book = book or codebook.freeze(cleared.programme)
    if done := Run.objects.filter(cleared=cleared, codebook=book, model=model_version()).first():
        show(done)
    return jobs.request(KIND, cleared.pk, input_hash(cleared, book), scope=cleared.programme_id, by=by)


@transaction.atomic
def request_all(programme: Programme, *, by: User | None = None) -> list[Job]:
    """Ask for the tagging of every cleared text of a programme. Raises Invalid when there is no question."""
    if by is not None:
        permissions.require(by, Permission.RUN_TAGGING)
    if not programme.questions.exists():
        raise Invalid("This programme has no key question yet. Add one, then tag the transcripts.")
    book = codebook.freeze(programme)
    texts = programme.cleared_transcripts.live().defer("text").select_related("programme")
    asked = [request_run(cleared, book=book, by=by) for cleared in texts]
    if by is not None:
        audit.record(programme.chain, "tagging-requested", programme, by=by, codebook=book.version, texts=len(asked))
    return asked


def sweep_untagged() -> int:
    """Ask for what a lost signal missed: cleared texts without a run on the questions as they stand; how many.

    Work that failed or was set aside is left alone: it waits for a person.
    """
    asked = 0
    for programme in Programme.objects.exclude(state="closed").filter(questions__isnull=False).distinct():
        words = codebook.digest(codebook.wording(programme))
        runs = Run.objects.filter(cleared=OuterRef("pk"), codebook__sha256=words, model=model_version(), current=True)
        for cleared in programme.cleared_transcripts.live().defer("text").filter(~Exists(runs)):
            book = codebook.freeze(programme)
            known = Job.objects.filter(kind=KIND, subject=str(cleared.pk), input_hash=input_hash(cleared, book))
            if not known.exists():
                request_run(cleared, book=book)
                asked += 1
    return asked


# Doing --------------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def tagger() -> "Tagger":
    """The pipeline and the encoder, loaded once in each worker; the first one builds the encoder's file if it can."""
    from synthesis.nlp.graph import EncoderMissing, build_encoder
    from synthesis.nlp.tagger import Tagger

    folder = settings.ENCODER_DIR
    try:
        build_encoder(folder)
    except EncoderMissing as missing:
        log.warning("%s Tagging goes by words alone until then.", missing)
    # With several workers each takes one core; a lone worker may use two.
    return Tagger.load(folder, threads=1 if settings.CELERY_WORKER_CONCURRENCY > 1 else 2)


def compute(job: Job, progress: Callable[[int, int], None]) -> Outcome | None:
    """Tag one text, outside any transaction; None when the text is gone or its clearance was recalled."""
    cleared = ClearedTranscript.objects.live().select_related("programme").filter(pk=job.subject).first()
    if cleared is None:
        return None
    book = codebook.freeze(cleared.programme)
    machine = tagger()
    model = model_name(not machine.encoder.name.startswith("hashed"))
    if Run.objects.filter(cleared=cleared, codebook=book, model=model).exists():
        return Outcome(cleared.pk, book.pk, model, None)
    try:
        tagging = machine.tag(turns_of(cleared), questions_of(book), progress)
    except ValueError as unfit:
        raise jobs.Unfit(str(unfit)) from unfit
    return Outcome(cleared.pk, book.pk, model, tagging)


def turns_of(cleared: ClearedTranscript) -> list[Turn]:
    """The cleared text as the tagger takes it."""
    rows = cleared.turns.order_by("index").values_list("index", "role", "start", "end", "label")
    return [Turn(index, role, cleared.text[start:end], start, label) for index, role, start, end, label in rows]


def questions_of(book: Codebook) -> list[Question]:
    """The frozen questions as the tagger takes them."""
    return [Question(**{**question, "terms": tuple(question["terms"])}) for question in book.questions]


def commit(job: Job, outcome: Outcome | None) -> None:
    """Write a finished tagging and show it; the caller holds the fenced transaction. What is there stays as it is."""
    if outcome is None:
        return
    cleared = ClearedTranscript.objects.live().defer("text").select_for_update().filter(pk=outcome.cleared_id).first()
    if cleared is None:
        return
    key = {"cleared": cleared, "codebook_id": outcome.codebook_id, "model": outcome.model}
    run = Run.objects.filter(**key).first()
    if run is None and outcome.tagging is not None:
        run = _write(key, outcome.tagging)
    if run is None:
        return
    # Questions amended while this was computed: their own run is on its way, and an older one must not replace a newer.
    stale = run.codebook.sha256 != codebook.digest(codebook.wording(cleared.programme))
    if not stale or not cleared.runs.filter(current=True).exists():
        show(run)


def _write(key: dict[str, Any], tagging: Tagging) -> Run:
    cleared: ClearedTranscript = key["cleared"]
    run = Run.objects.create(
        **key, encoder=tagging.encoder, passages=tagging.passages, words=tagging.words, current=False
    )
    passages = _passages(cleared, tagging)
    questions = dict(cleared.programme.questions.values_list("code", "pk"))
    Suggestion.objects.bulk_create(
        [
            Suggestion(
                run=run,
                passage_id=passages[found.start, found.end],
                question_id=questions[found.question],
                score=found.score,
                stance=found.stance,
                basis=found.basis,
                reason=found.reason,
            )
            for found in tagging.suggestions
            if found.question in questions
        ],
        batch_size=BATCH,
    )
    counts: dict[str, Any] = {
        "codebook": run.codebook.version,
        "model": run.model,
        "suggestions": len(tagging.suggestions),
    }
    audit.record(cleared.programme.chain, "transcript-tagged", run, by=None, cleared=cleared.pk, **counts)
    return run


def _passages(cleared: ClearedTranscript, tagging: Tagging) -> dict[tuple[int, int], int]:
    """The row of each passage by its natural key, made where it was missing."""
    wanted = {(found.start, found.end): found.turn_index for found in tagging.suggestions}
    rows = [
        Passage(cleared=cleared, turn_index=turn_index, start=start, end=end)
        for (start, end), turn_index in wanted.items()
    ]
    Passage.objects.bulk_create(rows, batch_size=BATCH, ignore_conflicts=True)
    return {(start, end): pk for start, end, pk in cleared.passages.values_list("start", "end", "pk")}


def show(run: Run) -> None:
    """Make this the run whose suggestions are shown for its text."""
    Run.objects.filter(cleared_id=run.cleared_id, current=True).exclude(pk=run.pk).update(current=False)
    Run.objects.filter(pk=run.pk, current=False).update(current=True)
