"""A programme with twenty made-up transcripts for the kill test; run inside Django, in a scratch installation."""

import hashlib
import json
import random
import re
from typing import Any

TEXTS = 20
THEMES = {
    "Q1": re.findall(
        r"\S+", "outage second cloud provider multi-cloud procurement moved workloads board concentration risk"
    ),
    "Q2": re.findall(r"\S+", "approval review waits senior reviewer delivery slower policy guardrail pull request"),
}
FILLER = re.findall(
    r"\S+", "well honestly we had think because people then really last year the team was it went so and but"
)


def fill() -> None:
    """The programme, its cleared texts, and one decision of a person in each text."""
    from accounts.roles import Role
    from tests.factories import make_cleared, make_interview, make_programme, make_tag, make_user

    programme = make_programme()
    ana = make_user("Ana", Role.ANALYST, programme=programme)
    question = programme.questions.get(code="Q1")
    for number in range(TEXTS):
        rng = random.Random(number)
        first = f"I decided number {number} myself."
        turns = [("interviewer", "What changed for you?"), ("expert", f"{first} {speech(rng, 12)}")]
        for _ in range(6):
            turns += [("interviewer", speech(rng, 1)), ("expert", speech(rng, 12))]
        make_tag(make_cleared(make_interview(programme, ana), turns=turns), first, question, ana)


def speech(rng: random.Random, sentences: int) -> str:
    """Sentences of everyday words, some of which bear on a question."""
    said = []
    for _ in range(sentences):
        theme = THEMES[rng.choice(list(THEMES))] if rng.random() < 0.4 else FILLER
        words = [rng.choice(theme if rng.random() < 0.5 else FILLER) for _ in range(rng.randint(6, 16))]
        said.append(" ".join(words).capitalize() + ".")
    return " ".join(said)


def ask() -> None:
    from research.models import Programme
    from synthesis.services import runs

    runs.request_all(Programme.objects.get())


def found() -> str:
    """Everything that was suggested, by natural keys, as one line of JSON a suggestion."""
    from synthesis.models import Suggestion

    rows = Suggestion.objects.select_related("passage", "question", "run__codebook", "run__cleared__interview")
    return "\n".join(sorted(json.dumps(_natural(row), sort_keys=True) for row in rows))


def _natural(row: Any) -> dict[str, Any]:
    cleared, passage = row.run.cleared, row.passage
    words = cleared.text[passage.start : passage.end]
    return {
        "text": cleared.interview.number,
        "turn": passage.turn_index,
        "start": passage.start,
        "end": passage.end,
        "words": hashlib.sha256(words.encode()).hexdigest(),
        "question": row.question.code,
        "model": row.run.model,
        "codebook": row.run.codebook.sha256,
        "score": row.score,
        "stance": row.stance,
        "basis": row.basis,
        "reason": row.reason,
    }


def decided() -> str:
    """What people decided, row by row."""
    from synthesis.models import Tag

    return str(list(Tag.objects.order_by("pk").values_list("passage", "question__code", "stance", "decided_at")))
