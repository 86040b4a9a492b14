"""Screening: the questions of a programme, what candidates answered, and a second person's word on it.

A knock-out answer screens out by itself; a wrong answer to a check of knowledge is a flag that the reviewer may overrule.
Answers and reviews are only ever added; the newest counts. A question that was answered is retired, never removed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import Max, Q, QuerySet

from accounts import audit
from accounts.models import User
from accounts.moves import IllegalMove, Invalid, now
from accounts.permissions import refusal
from accounts.roles import Permission as P
from interviews.exclusions import EXCLUSIONS
from interviews.models import Answer, Candidate, QuestionKind, Review, ScreeningQuestion
from interviews.permissions import refuse_if, require_on
from interviews.states import CANDIDATE, CandidateState
from research.models import Programme, Segment
from research.services.checks import words

MOST_OPTIONS = 12
S = CandidateState
NOT_YET = "They have not been screened yet."
UNSCREENED = {
    S.LISTED: NOT_YET,
    S.INVITED: NOT_YET,
    S.SCREENED: "Their answers wait for a review by compliance.",
}
OUT = {S.REFUSED: "They were screened out.", S.DECLINED: "They declined to take part."}


# The questions ------------------------------------------------------------------------------------------------------


@transaction.atomic
def add_question(
    *,
    programme: Programme,
    kind: str,
    text: str,
    by: User,
    segment: Segment | None = None,
    options: Sequence[str] = (),
    wrong: Sequence[str] = (),
) -> ScreeningQuestion:
    """A new question at the end, for every segment or for one.

    options: what can be answered, in order; none for an answer in words. wrong: those of them that knock out, or that a
    person who knows the matter would not give. Invalid when the kind and the options do not fit.
    """
    require_on(by, P.KEEP_SCREENING, programme)
    text = words(text, "The question", longest=400, required=True)
    options, wrong = (
        list(dict.fromkeys(words(o, "An option", longest=120) for o in many)) for many in (options, wrong)
    )
    options, wrong = [o for o in options if o], [o for o in wrong if o]
    if sentence := _fault(kind, options, wrong):
        raise Invalid(sentence)
    if segment is not None and segment.programme_id != programme.pk:
        raise Invalid("This segment belongs to another programme: choose one of this programme's segments.")
    last = programme.screening_questions.aggregate(last=Max("order"))["last"]
    question = ScreeningQuestion.objects.create(
        programme=programme,
        segment=segment,
        kind=kind,
        text=text,
        options=options,
        wrong=wrong,
        order=0 if last is None else last + 1,
    )
    audit.record(programme.chain, "screening-question-added", question, by=by, kind=kind)
    return question


def _fault(kind: str, options: Sequence[str], wrong: Sequence[str]) -> str | None:
    """What is wrong with a question's options, as a sentence, or None."""
    if kind not in QuestionKind.values:
        return "Say what the question is: a knock-out, a check of knowledge, or for the record."
    if len(options) == 1 or len(options) > MOST_OPTIONS:
        return f"Give between 2 and {MOST_OPTIONS} options, one a line, or none for an answer in words."
    if not set(wrong) <= set(options):
        return "Each answer that knocks out or is wrong must be one of the options, written the same."
    if kind == QuestionKind.PLAIN:
        return "A question for the record has no wrong answers: leave them out." if wrong else None
    if not wrong:
        return "Say which of the options knock out or are wrong; without one the question decides nothing."
    return "At least one option must be left that is not wrong." if len(wrong) == len(options) else None


@transaction.atomic
def add_exclusions(*, programme: Programme, by: User) -> list[ScreeningQuestion]:
    """The standard exclusion questions that this programme does not ask yet, all as knock-outs (domain rules N18, N19)."""
    require_on(by, P.KEEP_SCREENING, programme)
    asked = set(in_force(programme).values_list("text", flat=True))
    return [
        add_question(programme=programme, kind=QuestionKind.KNOCK_OUT, by=by, **row)
        for row in EXCLUSIONS
        if row["text"] not in asked
    ]


@transaction.atomic
def drop_question(*, question: ScreeningQuestion, by: User) -> bool:
    """Ask a question no more: removed when nobody answered it, else retired with its answers; True when it was removed.

    A knock-out guards the firm, so only compliance may drop one.
    """
    question = ScreeningQuestion.objects.select_for_update(of=("self",)).select_related("programme").get(pk=question.pk)
    knock_out = question.kind == QuestionKind.KNOCK_OUT
    require_on(by, P.SCREEN_EXPERTS if knock_out else P.KEEP_SCREENING, question.programme)
    if question.retired_at:
        raise IllegalMove("This question was retired already.")
    unused = not question.answers.exists()
    verb = "screening-question-removed" if unused else "screening-question-retired"
    audit.record(question.programme.chain, verb, question, by=by, kind=question.kind)
    if unused:
        question.delete()
    else:
        question.retired_at = now()
        question.save(update_fields=["retired_at"])
    return unused


def in_force(programme: Programme) -> QuerySet[ScreeningQuestion]:
    """The questions that a programme asks, in their order."""
    return programme.screening_questions.filter(retired_at__isnull=True).order_by("order", "pk")


def asked_of(candidate: Candidate) -> list[ScreeningQuestion]:
    """The questions that this candidate is asked: those for everybody and those of the segment."""
    mine = Q(segment__isnull=True) | Q(segment=candidate.segment_id)
    return list(in_force(candidate.programme).filter(mine))


# What was answered --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Asked:
    """One question with the candidate's newest answer, or None."""

    question: ScreeningQuestion
    answer: Answer | None

    @property
    def wrong(self) -> bool:
        return self.answer is not None and self.answer.text in self.question.wrong

    @property
    def mark(self) -> str:
        """What the answer means: "", knocked_out, flagged or missing."""
        if self.answer is None:
            return "missing"
        if not self.wrong:
            return ""
        return "knocked_out" if self.question.kind == QuestionKind.KNOCK_OUT else "flagged"


@dataclass(frozen=True)
class Screening:
    """How a candidate's screening stands."""

    candidate: Candidate
    rows: tuple[Asked, ...]
    reviews: tuple[Review, ...]

    @property
    def missing(self) -> list[Asked]:
        return [row for row in self.rows if row.answer is None]

    @property
    def answered(self) -> int:
        return len(self.rows) - len(self.missing)

    @property
    def knocked_out(self) -> list[Asked]:
        return [row for row in self.rows if row.mark == "knocked_out"]

    @property
    def flagged(self) -> list[Asked]:
        return [row for row in self.rows if row.mark == "flagged"]

    @property
    def refusal(self) -> str | None:
        """Why the candidate was screened out, in words; None when they were not."""
        if self.candidate.state != S.REFUSED:
            return None
        if self.knocked_out:
            return " ".join(
                f"They answered “{row.answer.text}” to “{row.question.text}”" for row in self.knocked_out if row.answer
            )
        return self.reviews[0].reason if self.reviews else OUT[S.REFUSED]

    def entered_by(self, user: User) -> bool:
        """Whether any of the answers that count was entered by this person."""
        return any(row.answer is not None and row.answer.by_id == user.pk for row in self.rows)


def screening_of(candidate: Candidate) -> Screening:
    """The screening of one candidate; three queries."""
    return screenings([candidate], {candidate.segment_id: asked_of(candidate)})[0]


def screenings(candidates: Iterable[Candidate], asked: Mapping[UUID, Sequence[ScreeningQuestion]]) -> list[Screening]:
    """The screenings of candidates of one programme; two queries, however many. asked: the questions of each segment."""
    rows = list(candidates)
    answers: dict[tuple[UUID, UUID], Answer] = {}
    for answer in Answer.objects.filter(candidate__in=rows).select_related("by").order_by("at", "pk"):
        answers[answer.candidate_id, answer.question_id] = answer
    reviews: dict[UUID, list[Review]] = {}
    for review in Review.objects.filter(candidate__in=rows).select_related("by").order_by("-at", "-pk"):
        reviews.setdefault(review.candidate_id, []).append(review)
    return [
        Screening(
            candidate=row,
            rows=tuple(Asked(q, answers.get((row.pk, q.pk))) for q in asked.get(row.segment_id, ())),
            reviews=tuple(reviews.get(row.pk, ())),
        )
        for row in rows
    ]


def by_segment(programme: Programme) -> dict[UUID, list[ScreeningQuestion]]:
    """The questions in force that each segment of a programme is asked; two queries."""
    questions = list(in_force(programme))
    segments = programme.segments.values_list("pk", flat=True)
    return {pk: [q for q in questions if q.segment_id in (None, pk)] for pk in segments}


def obstacle(candidate: Candidate) -> str | None:
    """Why the screening stands in the way of a call, as a sentence, or None.

    Who was screened out or declined is never called. Who is asked questions must have passed the review, and must have
    answered every knock-out, those included that were added since.
    """
    if candidate.state in OUT:
        return OUT[S(candidate.state)]
    questions = asked_of(candidate)
    if not questions:
        return None
    if candidate.state != S.ELIGIBLE:
        return UNSCREENED[S(candidate.state)]
    answered = set(candidate.answers.values_list("question_id", flat=True))
    left = [q for q in questions if q.kind == QuestionKind.KNOCK_OUT and q.pk not in answered]
    if left:
        return f"They have not answered {len(left)} exclusion question{'' if len(left) == 1 else 's'} that came later."
    return None


def review_refusal(user: User, screening: Screening) -> str | None:
    """Why this person may not review it, or None: it takes compliance, and somebody else than who entered the answers."""
    if sentence := refusal(user, P.SCREEN_EXPERTS):
        return sentence
    if screening.entered_by(user):
        return "You entered answers of this candidate, so another person must review them."
    return None


def pass_obstacle(screening: Screening) -> str | None:
    """Why the candidate can't be passed now, whoever asks, or None."""
    if screening.knocked_out:
        return "An answer knocks out. It can't be overruled: record new answers if they were wrong."
    if screening.missing:
        count = len(screening.missing)
        return f"{count} question{' is' if count == 1 else 's are'} not answered yet."
    return CANDIDATE.obstacle(screening.candidate.state, S.ELIGIBLE)


@transaction.atomic
def answer(candidate: Candidate, answers: Mapping[UUID, str], by: User | None = None) -> list[Answer]:
    """Keep what a candidate answered, by the question's id; each is a new row. by: who wrote it down in a call, None for
    the expert's own page.

    Answers to everything asked move the candidate to the review; one that knocks out, to screened out. Who had passed goes
    back to the review. Raises Invalid for a question that is not asked of them and for an answer that is none of the options.
    """
    candidate = _locked(candidate)
    if by is not None:
        require_on(by, P.KEEP_SCREENING, candidate.programme)
    if not CANDIDATE.lawful(candidate.state, S.SCREENED):
        raise IllegalMove("They declined to take part, so no answers are taken: invite them again first.")
    questions = {q.pk: q for q in asked_of(candidate)}
    given = {pk: words(text, "An answer", longest=2_000) for pk, text in answers.items()}
    if not any(given.values()):
        raise Invalid("There is no answer to keep: answer at least one question.")
    rows = [
        Answer(
            candidate=candidate,
            question=_open_question(questions, pk),
            text=_fitting(questions[pk], text),
            by=by,
            at=now(),
        )
        for pk, text in given.items()
        if text
    ]
    rows = Answer.objects.bulk_create(rows)
    state = _settle(candidate)
    audit.record(candidate.programme.chain, "candidate-answered", candidate, by=by, answers=len(rows), state=state)
    return rows


def _locked(candidate: Candidate) -> Candidate:
    rows = Candidate.objects.select_for_update(of=("self",)).select_related("programme", "segment", "expert")
    return rows.get(pk=candidate.pk)


def _open_question(questions: Mapping[UUID, ScreeningQuestion], pk: UUID) -> ScreeningQuestion:
    if pk not in questions:
        raise Invalid("One of these questions is not asked of this candidate any more: load the page again.")
    return questions[pk]


def _fitting(question: ScreeningQuestion, text: str) -> str:
    if question.options and text not in question.options:
        raise Invalid(f"Answer “{question.text}” with one of: {', '.join(question.options)}.")
    return text


def _settle(candidate: Candidate) -> str:
    """Move a candidate to where the answers now put them; the state after."""
    found = screening_of(candidate)
    had_passed = candidate.state in (S.ELIGIBLE, S.REFUSED)
    if found.knocked_out or had_passed or not found.missing:
        CANDIDATE.make(candidate, S.SCREENED, screened_at=now())
    if found.knocked_out:
        CANDIDATE.make(candidate, S.REFUSED)
    return candidate.state


@transaction.atomic
def review(*, candidate: Candidate, passed: bool, reason: str, by: User) -> Review:
    """A reviewer's word on a candidate, with the reason: may speak, or screened out.

    Refused for who entered the answers. IllegalMove when an answer knocks out, when questions are open, and when the
    candidate was screened out and nothing was answered since. A flag on a check of knowledge may be overruled.
    """
    candidate = _locked(candidate)
    require_on(by, P.SCREEN_EXPERTS, candidate.programme)
    found = screening_of(candidate)
    refuse_if(review_refusal(by, found))
    reason = words(reason, "The reason", longest=500, required=True)
    if passed and (sentence := pass_obstacle(found)):
        raise IllegalMove(sentence)
    CANDIDATE.make(candidate, S.ELIGIBLE if passed else S.REFUSED, screened_at=now())
    row = Review.objects.create(candidate=candidate, passed=passed, reason=reason, by=by, at=now())
    flags = len(found.flagged)
    audit.record(candidate.programme.chain, "candidate-reviewed", candidate, by=by, passed=passed, flags=flags)
    return row
