"""Reading an uploaded file in a child process with limits: a child a file, or one for many inside `one_reader()`."""

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar

from accounts.jobs import Unfit
from interviews.importers import LimitedParser, Parsed, Unreadable
from interviews.models import Transcript
from interviews.sources import path_of

_shared: ContextVar[LimitedParser | None] = ContextVar("reader", default=None)


@contextlib.contextmanager
def one_reader() -> Iterator[None]:
    """Use one child process for every file that is read inside this block; it is started anew when a file ends it."""
    with LimitedParser() as parser:
        token = _shared.set(parser)
        try:
            yield
        finally:
            _shared.reset(token)


def read(transcript: Transcript) -> Parsed:
    """The turns of a transcript's file. Raises jobs.Unfit with the sentence for a file that gives none."""
    path = path_of(transcript.sha256)
    try:
        if shared := _shared.get():
            return shared.parse(path, transcript.filename)
        with LimitedParser() as parser:
            return parser.parse(path, transcript.filename)
    except Unreadable as refused:
        raise Unfit(refused.sentence) from refused
    except FileNotFoundError as gone:
        raise Unfit("The uploaded file is missing from the file store: ask an admin, or upload it again.") from gone
