"""Clock times and numbers from files, as milliseconds or None."""

import math
import re

LONGEST_MS = 7 * 24 * 3600 * 1000

# hours are optional, minutes may run past 59 when there are none, the fraction has one to nine digits
CLOCK = r"(?:\d{1,3}:)?\d{1,3}:\d{1,2}(?:[.,]\d{1,9})?"
_PARTS = re.compile(r"(?:(\d{1,4}):)?(\d{1,3}):(\d{1,2})(?:[.,](\d{1,9}))?")


def clock_ms(text: str) -> int | None:
    """Milliseconds of "1:02:03.4", "02:03,400" or "2:03"; None if it is no clock time or longer than a week."""
    found = _PARTS.fullmatch(text.strip())
    if not found:
        return None
    hours, minutes, seconds, fraction = found.groups()
    if int(seconds) > 59 or (hours and int(minutes) > 59):
        return None
    total = (int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)) * 1000
    total += int((fraction or "0").ljust(3, "0")[:3])
    return total if total <= LONGEST_MS else None


def number_ms(value: object, per_second: float) -> int | None:
    """Milliseconds of a JSON number that counts `per_second` units a second; None if it is no sensible time."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    # an integer of a thousand digits does not fit a float, so look at its size before dividing
    if not -1 < value <= LONGEST_MS * per_second or not math.isfinite(value):
        return None
    milliseconds = round(value * 1000 / per_second)
    return milliseconds if 0 <= milliseconds <= LONGEST_MS else None
