"""The key questions as they stand, frozen word for word for the runs that use them."""

import hashlib
import json
from typing import Any

from django.db import transaction
from django.db.models import Max

from research.models import Programme
from synthesis.models import Codebook


def wording(programme: Programme) -> list[dict[str, Any]]:
    """What the tagger is told of each key question, in the order of the codes."""
    return [
        {
            "code": question.code,
            "title": question.title,
            "text": question.text,
            "definition": question.definition,
            "bear": question.bear_signpost,
            "bull": question.bull_signpost,
            "terms": list(question.terms),
        }
        for question in sorted(programme.questions.all(), key=lambda question: question.code)
    ]


def digest(words: list[dict[str, Any]]) -> str:
    """SHA-256 of the wording, in hex."""
    text = json.dumps(words, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def freeze(programme: Programme) -> Codebook:
    """The codebook of the questions as they stand: the same words are the same row, other words the next version."""
    words = wording(programme)
    sha256 = digest(words)
    if known := Codebook.objects.filter(programme=programme, sha256=sha256).first():
        return known
    with transaction.atomic():
        Programme.objects.select_for_update(no_key=True).get(pk=programme.pk)
        newest = Codebook.objects.filter(programme=programme).aggregate(newest=Max("version"))["newest"] or 0
        return Codebook.objects.get_or_create(
            programme=programme, sha256=sha256, defaults={"version": newest + 1, "questions": words}
        )[0]
