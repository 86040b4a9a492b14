"""Numbers as people write and say them: 142bn, 1,500, 4.5, two hundred and fifty thousand, half a million."""

import re

_UNITS = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19,
}  # fmt: skip
_TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
_SCALES = {"hundred": 100, "thousand": 1_000, "million": 10**6, "billion": 10**9, "trillion": 10**12, "dozen": 12}
_SHORT = {"k": 1_000, "m": 10**6, "mn": 10**6, "mm": 10**6, "bn": 10**9, "b": 10**9, "tn": 10**12}
_SMALL = "|".join(sorted([*_UNITS, *_TENS], key=len, reverse=True))
_BIG = "|".join(_SCALES)
_DIGITS = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_SPOKEN = (
    rf"(?:(?:{_SMALL})(?:[\s-](?:{_SMALL}))?|half\sa|an?(?=\s(?:{_BIG})))(?:\s(?:{_BIG}))*"
    rf"(?:(?:\sand)?\s(?:{_SMALL})(?:[\s-](?:{_SMALL}))?(?:\s(?:{_BIG}))*)?"
)
# a digit form with its scale, or a spoken form; "half a" alone is caught by value() giving None
PATTERN = rf"(?:(?:{_DIGITS})(?:\s?(?:bn|mn|tn|k)\b|(?:m|mm|b)\b|\s(?:{_BIG})\b)?|\b{_SPOKEN}\b)"
_DIGIT_FORM = re.compile(rf"(?P<digits>{_DIGITS})\s?(?P<scale>[a-z]*)$", re.I)


def scale(text: str) -> int:
    """The factor that the last word of the number stands for; 1 when it has none."""
    match = _DIGIT_FORM.match(text.strip())
    word = match["scale"].lower() if match else text.lower().split()[-1]
    return _SCALES.get(word, _SHORT.get(word, 1) if match else 1)


def value(text: str) -> float | int | None:
    """The number that the text stands for; None when it stands for none."""
    match = _DIGIT_FORM.match(text.strip())
    if match:
        digits = match["digits"].replace(",", "")
        return _plain(float(digits) * scale(text)) if "." in digits else int(digits) * scale(text)
    return _spoken(re.split(r"[\s-]+", text.lower().strip()))


def _spoken(words: list[str]) -> float | int | None:
    total, part, seen = 0.0, 0.0, False
    for word in words:
        if word in _UNITS or word in _TENS:
            part += _UNITS.get(word, _TENS.get(word, 0))
        elif word == "half":
            part = 0.5
        elif word in ("a", "an"):
            part = part or 1
            continue
        elif word in ("hundred", "dozen"):
            part = (part or 1) * _SCALES[word]
        elif word in _SCALES:
            total, part = total + (part or 1) * _SCALES[word], 0.0
        elif word != "and":
            return None
        seen = seen or word != "and"
    return None if not seen or words[-1] in ("half", "a", "an") else _plain(total + part)


def _plain(number: float) -> float | int:
    number = round(number, 6)
    return int(number) if number == int(number) else number
