"""Figures in speech as values with units: money, shares, multiples, basis points, durations, dates, counts."""

import re
from dataclasses import dataclass
from typing import cast

from spacy.language import Language
from spacy.tokens import Doc

from synthesis.nlp.components import numbers

KEY = "figures"


@dataclass(frozen=True)
class Figure:
    """`start` and `end` are code-point offsets in the text. `value` is a number, [low, high] or, for a date, ISO 8601
    as far as it was said (2026, 2026-03, 2026-03-05, 2025-Q4, --03-05). Units: USD, EUR, GBP, %, pp, bp, x, second,
    minute, hour, day, week, month, year, date, count."""

    start: int
    end: int
    text: str
    value: float | int | str | list
    unit: str


@Language.factory(KEY, assigns=["doc.spans", "doc._.figures"])
def make_figures(nlp: Language, name: str) -> "Figures":
    return Figures()


class Figures:
    """Writes `doc._.figures` and, as spans of whole tokens labelled by unit, `doc.spans["figures"]`."""

    def __init__(self) -> None:
        if not Doc.has_extension(KEY):
            Doc.set_extension(KEY, default=())

    def __call__(self, doc: Doc) -> Doc:
        found = find_figures(doc.text)
        doc._.figures = found
        spans = (doc.char_span(f.start, f.end, label=f.unit, alignment_mode="expand") for f in found)
        doc.spans[KEY] = [span for span in spans if span is not None]
        return doc


_NUM = numbers.PATTERN
_RANGE = rf"(?P<a>{_NUM})(?:\s?(?:-|–|to|or)\s?(?P<b>{_NUM}))?"
_PRICES = rf"(?P<a>{_NUM})(?:\s?(?:-|–|to)\s?(?:US\$|[$€£])?(?P<b>{_NUM}))?"
_CURRENCY = {
    "$": "USD", "us$": "USD", "usd": "USD", "dollar": "USD", "dollars": "USD", "buck": "USD", "bucks": "USD",
    "€": "EUR", "eur": "EUR", "euro": "EUR", "euros": "EUR",
    "£": "GBP", "gbp": "GBP", "pound": "GBP", "pounds": "GBP", "quid": "GBP",
}  # fmt: skip
_TIME = {
    "s": "second", "sec": "second", "secs": "second", "second": "second", "seconds": "second",
    "min": "minute", "mins": "minute", "minute": "minute", "minutes": "minute",
    "h": "hour", "hr": "hour", "hrs": "hour", "hour": "hour", "hours": "hour",
    "day": "day", "days": "day", "week": "week", "weeks": "week", "month": "month", "months": "month",
    "year": "year", "years": "year", "yr": "year", "yrs": "year",
}  # fmt: skip
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?P<month>Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?"
    r"|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\.?"
)
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_ANY_TIME = "|".join(sorted(_TIME, key=len, reverse=True))

_DAY = r"(?P<day>[12]?\d|3[01])(?:st|nd|rd|th)?"
_PATTERNS = [
    ("date", re.compile(rf"\b{_YEAR}-(?P<monthno>0[1-9]|1[0-2])(?:-(?P<day>0[1-9]|[12]\d|3[01]))?\b")),
    ("date", re.compile(rf"\b{_DAY}(?:\sof)?\s{_MONTH}(?:,?\s{_YEAR})?\b")),
    ("date", re.compile(rf"\b{_MONTH}\s{_DAY}\b(?!\s?(?:%|percent))(?:,?\s{_YEAR}\b)?")),
    ("date", re.compile(rf"\b{_MONTH}(?:\sof)?,?\s{_YEAR}\b")),
    ("date", re.compile(rf"\bQ(?P<quarter>[1-4])(?:\sof)?(?:\s{_YEAR})?\b")),
    ("money", re.compile(rf"(?P<sign>US\$|[$€£]|\b(?:USD|EUR|GBP)\b)\s?{_PRICES}", re.I)),
    ("money", re.compile(rf"\b{_RANGE}\s?(?P<sign>dollars?|bucks?|euros?|pounds|quid|USD|EUR|GBP)\b", re.I)),
    ("bp", re.compile(rf"\b{_RANGE}[\s-]?(?:basis[\s-]points?|bps)\b", re.I)),
    ("pp", re.compile(rf"\b{_RANGE}[\s-]?percentage[\s-]points?\b", re.I)),
    ("%", re.compile(rf"\b{_RANGE}\s?(?:%|per\s?cent\b)", re.I)),
    ("x", re.compile(rf"\b{_RANGE}\s?(?:x\b|[-\s]?fold\b|\stimes\b(?!\s(?:a|per|each|every)\b))", re.I)),
    ("time", re.compile(rf"\b{_RANGE}[\s-]?(?P<time>{_ANY_TIME})\b(?!\s?(?:old|\d))", re.I)),
    ("date", re.compile(rf"(?:(?<=\b[iI]n\s)|(?<=\bsince\s)|(?<=\buntil\s)|(?<=\bby\s)){_YEAR}\b(?!,\d)")),
    ("count", re.compile(rf"(?<![\w.,$€£]){_RANGE}(?![\w%]|[.,]\d)", re.I)),
]  # fmt: skip


def find_figures(text: str) -> list[Figure]:
    """Figures of the text in order, none overlapping another; the more specific reading wins."""
    found, left = [], text
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(left):
            figure = _figure(kind, match)
            if figure:
                found.append(figure)
                # what is taken is blanked out, so that no later pattern reads it again
                left = left[: figure.start] + "\0" * (figure.end - figure.start) + left[figure.end :]
    return sorted(found, key=lambda f: f.start)


def _figure(kind: str, match: re.Match) -> Figure | None:
    if kind == "date":
        return Figure(match.start(), match.end(), match.group(), _date(match.groupdict()), "date")
    low, high = match["a"], match["b"]
    value: float | int | list[float | int] | None = numbers.value(low)
    if value is None or (kind == "count" and high is None and not _worth_counting(low)):
        return None
    if high is not None:
        top = numbers.value(high)
        if top is None or (kind == "count" and not (low[0].isdigit() and high[0].isdigit())):
            return None
        value = [_scaled(low, cast(float, value), high, top), top]
    unit = kind
    if kind == "money":
        unit = _CURRENCY[match["sign"].lower()]
    elif kind == "time":
        unit = _TIME[match["time"].lower()]
    return Figure(match.start(), match.end(), match.group(), value, unit)


def _scaled(low: str, value: float | int, high: str, top: float | int) -> float | int:
    """'2 to 3 million' means two million."""
    scale = numbers.scale(high)
    return value * scale if scale > 1 and numbers.scale(low) == 1 and value < top / scale else value


def _worth_counting(text: str) -> bool:
    """A bare 'one' or 'a' is no figure; digits and larger number words are."""
    return text[0].isdigit() or (numbers.value(text) or 0) > 2


def _date(parts: dict[str, str | None]) -> str:
    year = parts.get("year")
    if parts.get("quarter"):
        return f"{year}-Q{parts['quarter']}" if year else f"Q{parts['quarter']}"
    month = parts.get("monthno")
    if name := parts.get("month"):
        month = f"{_MONTHS.index(name.lower()[:3]) + 1:02d}"
    out = year or "-"
    if month:
        out += f"-{month}"
    if day := parts.get("day"):
        out += f"-{int(day):02d}"
    return out
