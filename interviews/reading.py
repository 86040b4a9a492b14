"""Reading an uploaded file in a child process with limits: a child a file, or one for many inside `one_reader()`."""

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

from accounts.jobs import Unfit
from interviews.importers import LimitedParser, Parsed, Unreadable
from interviews.models import Transcript
from interviews.sources import path_of


@dataclass
class _Shared:
    """The child process of a block, and the one result that was read ahead of its job."""

    parser: LimitedParser
    ahead: tuple[str, Parsed] | None = None


_shared: ContextVar[_Shared | None] = ContextVar("reader", default=None)


@contextlib.contextmanager
def one_reader() -> Iterator[None]:
    """Use one child process for every file that is read inside this block; it is started anew when a file ends it."""
    with LimitedParser() as parser:
        token = _shared.set(_Shared(parser))
        try:
            yield
        finally:
            _shared.reset(token)


def read(transcript: Transcript) -> Parsed:
    """The turns of a transcript's file. Raises jobs.Unfit with the sentence for a file that gives none."""
    return read_bytes_of(transcript.sha256)


def read_bytes_of(sha256: str, *, ahead: bool = False) -> Parsed:
    """The turns in kept bytes. With `ahead`, inside `one_reader()`, the job that asks for them next need not read again."""
    shared = _shared.get()
    if shared and shared.ahead and shared.ahead[0] == sha256:
        return shared.ahead[1]
    parsed = _parse(path_of(sha256), shared)
    if shared and ahead:
        shared.ahead = (sha256, parsed)
    return parsed


def _parse(path: Path, shared: _Shared | None) -> Parsed:
    try:
        if shared:
            return shared.parser.parse(path)
        with LimitedParser() as parser:
            return parser.parse(path)
    except Unreadable as refused:
        raise Unfit(refused.sentence) from refused
    except FileNotFoundError as gone:
        raise Unfit("The uploaded file is missing from the file store: ask an admin, or upload it again.") from gone
