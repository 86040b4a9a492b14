"""How long is left, in words. Pure."""

from datetime import datetime


def left(until: datetime, at: datetime) -> str:
    """The time from `at` to `until` in its two largest units.

    >>> left(datetime(2026, 3, 3, 16), datetime(2026, 3, 1, 12))
    '2 d 4 h left'
    """
    minutes = int((until - at).total_seconds() // 60)
    if minutes < 0:
        return "run out"
    days, hours = divmod(minutes // 60, 24)
    if days:
        return f"{days} d {hours} h left"
    if hours:
        return f"{hours} h {minutes % 60} min left"
    return f"{minutes} min left" if minutes else "less than a minute left"
