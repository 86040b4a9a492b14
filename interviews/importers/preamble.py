"""What stands above the first speaker: title lines are dropped, sentences kept as words of an unknown speaker."""

import re

from .losses import Losses

_LONGEST_TITLE = 14
_META = re.compile(
    r"(?:date|time|duration|length|title|topic|subject|project|participants|attendees|speakers|location|language|file"
    r"|recording|recorded|transcript|meeting|interview)\b[\w ]{0,24}:",
    re.I,
)
_RULE = re.compile(r"[-=*_#]{3,200}")
_WHY = "title, date or rule above the first speaker, not speech"


def front_matter(lines: list[str], losses: Losses) -> str:
    """The lines that are speech, joined; title lines are dropped by name."""
    kept = []
    fenced = bool(lines) and next((line.strip() for line in lines if line.strip()), "") == "---"
    fences = 0
    for line in lines:
        bare = line.strip()
        fences += fenced and bare == "---"
        if bare and (_is_title(bare) or (fenced and fences < 2)):
            losses.drop("heading lines", _WHY, bare)
        else:
            kept.append(line)
    return "\n".join(kept).strip()


def _is_title(line: str) -> bool:
    if line.startswith("#") or _RULE.fullmatch(line) or _META.match(line):
        return True
    return len(line.split()) <= _LONGEST_TITLE and not line.rstrip('"”’*_)').endswith((".", "?", "!", "…", "。", "？"))
