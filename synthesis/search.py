"""Search within one edition of a released version: a plain scan of its own texts, with no index that could hold, or tell of, more."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from interviews.models import ClearedTurn
from synthesis.models import Edition
from synthesis.portal import clock, interviews, transcript_ids

MOST_PASSAGES = 60
LONGEST_QUERY = 100
AROUND = 140


@dataclass(frozen=True)
class Hit:
    """A turn or sentence that a search found: its words, whose they are, and where they stand."""

    text: str
    place: str
    label: str
    time: str
    anchor: str
    transcript_id: UUID | None = None


@dataclass(frozen=True)
class Passage:
    """A hit as it is shown: the words around it in parts, each with whether it was looked for."""

    hit: Hit
    parts: tuple[tuple[str, bool], ...]


@dataclass(frozen=True)
class Found:
    """What a search found: `total` turns and sentences in so many `interviews`, of which the first are shown."""

    query: str
    passages: tuple[Passage, ...] = ()
    total: int = 0
    interviews: int = 0


def search(edition: Edition, query: str) -> Found:
    """Turns and sentences of an edition that have every word of the query; words in quotation marks stay together."""
    query = " ".join(query.split())[:LONGEST_QUERY]
    words = tuple(phrase or word for phrase, word in re.findall(r'"([^"]+)"|([^\s"]+)', query))
    if not words:
        return Found(query)
    # A word is found at its beginning ("outage" finds "outages"); it is a literal, never a pattern.
    patterns = [re.compile(rf"(?<!\w){re.escape(word)}", re.IGNORECASE) for word in words]
    hits = [*_report_hits(edition.snapshot, patterns), *_transcript_hits(edition, patterns)]
    places = {hit.transcript_id for hit in hits if hit.transcript_id}
    shown = tuple(Passage(hit, _parts(hit.text, patterns)) for hit in hits[:MOST_PASSAGES])
    return Found(query, shown, len(hits), len(places))


def _report_hits(snapshot: Mapping[str, Any], patterns: list[re.Pattern[str]]) -> Iterator[Hit]:
    for line in snapshot["answer"]:
        if _all_in(line, patterns):
            yield Hit(line, "The report", "The answer", "", "answer")
    for finding in snapshot["findings"]:
        if _all_in(finding["rendered"], patterns):
            yield Hit(finding["rendered"], "The report", f"Finding {finding['id']}", "", finding["id"])


def _transcript_hits(edition: Edition, patterns: list[re.Pattern[str]]) -> Iterator[Hit]:
    """Turns in the order of the calls; a text without all the words is passed over before its turns are looked up."""
    ids = transcript_ids(edition)
    live = edition.interviews.filter(cleared__recalled_at__isnull=True)
    texts = {pk: (cleared, text) for pk, cleared, text in live.values_list("pk", "cleared", "cleared__text")}
    for row in interviews(edition.snapshot, ids):
        if row.transcript_id not in texts:
            continue
        cleared, text = texts[row.transcript_id]
        if not _all_in(text, patterns):
            continue
        place = f"{row.descriptor}, {row.segment}"
        turns = ClearedTurn.objects.filter(cleared=cleared).order_by("index")
        for index, label, start_ms, start, end in turns.values_list("index", "label", "start_ms", "start", "end"):
            if _all_in(text[start:end], patterns):
                yield Hit(text[start:end], place, label, clock(start_ms), f"t{index}", row.transcript_id)


def _all_in(text: str, patterns: Iterable[re.Pattern[str]]) -> bool:
    return all(pattern.search(text) for pattern in patterns)


def _parts(text: str, patterns: Iterable[re.Pattern[str]]) -> tuple[tuple[str, bool], ...]:
    """The words around the first hit, in parts that are hits and parts that are not."""
    spans = sorted(match.span() for pattern in patterns for match in pattern.finditer(text))
    first = max(0, spans[0][0] - AROUND)
    last = min(len(text), spans[0][1] + 2 * AROUND)
    first = text.rfind(" ", 0, first) + 1 if first else 0
    last = text.find(" ", last) if " " in text[last:] else len(text)
    parts, at = [("… " if first else "", False)], first
    for start, end in spans:
        if start >= at and end <= last:
            parts += [(text[at:start], False), (text[start:end], True)]
            at = end
    parts += [(text[at:last], False), (" …" if last < len(text) else "", False)]
    return tuple((words, hit) for words, hit in parts if words)
