"""Transcripts of any recorder: bytes in, turns and a loss report out. Knows nothing of the web or the database.

`parse` reads bytes in this process; `parse_limited` does it in a child process with limits on memory and time, which is
how a server must read what people upload; `LimitedParser` and `parse_limited_many` use one such child for many files.
"""

from .limited import LimitedParser, parse_limited, parse_limited_many
from .parse import parse
from .refusals import SENTENCES, Unreadable
from .shapes import IMPORTER_VERSION, MAX_BYTES, ROLES, Dropped, Loss, Parsed, ParsedTurn, RoleGuess

__all__ = [
    "IMPORTER_VERSION",
    "MAX_BYTES",
    "ROLES",
    "SENTENCES",
    "Dropped",
    "LimitedParser",
    "Loss",
    "Parsed",
    "ParsedTurn",
    "RoleGuess",
    "Unreadable",
    "parse",
    "parse_limited",
    "parse_limited_many",
]
