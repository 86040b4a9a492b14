"""Parsing in a child process with limits, so that no file can harm the process that received it.

The child has an empty environment, a bounded address space, bounded CPU and wall time, and nothing to read but the
bytes that it is sent. Its death is an answer: Unreadable with the code parser_died, parser_too_slow or parser_too_big.
Works on Linux and macOS.
"""

import json
import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

from .child import LENGTH, TOO_BIG
from .refusals import Unreadable, refuse
from .shapes import MAX_BYTES, Parsed

SECONDS = 30.0
MEMORY_MB = 800
# an answer repeats the text with numbers and names; far more than this is not an answer
_LARGEST_ANSWER = 8 * MAX_BYTES
# a fresh child now and then, so that one file's leftover memory is not counted against another
_FILES_A_CHILD = 200
_BOOT = (
    "import sys; sys.path.append(sys.argv[1]); from importers.child import main; "
    "main(float(sys.argv[2]), int(sys.argv[3]))"
)

Source = str | os.PathLike | bytes


def parse_limited(
    source: Source, filename: str = "", *, seconds: float = SECONDS, memory_mb: int = MEMORY_MB
) -> Parsed:
    """The transcript in a file (a path) or in bytes, parsed in a child process of its own.

    seconds: wall and CPU time; memory_mb: address space of the child. Raises Unreadable for every file that gives no
    transcript, and OSError if a path cannot be opened.
    """
    with LimitedParser(seconds=seconds, memory_mb=memory_mb) as parser:
        return parser.parse(source, filename)


def parse_limited_many(
    sources: Iterable[Source], *, seconds: float = SECONDS, memory_mb: int = MEMORY_MB
) -> Iterator[tuple[Source, Parsed | Unreadable]]:
    """(source, result) for each file in turn, all in one child that is started again when it dies.

    A refusal is returned and not raised, so that one bad file does not end the others. The limits hold for each file.
    """
    with LimitedParser(seconds=seconds, memory_mb=memory_mb) as parser:
        for source in sources:
            try:
                yield source, parser.parse(source)
            except Unreadable as refused:
                yield source, refused


class LimitedParser:
    """A child process for many files, one after the other; started when first needed, again after a death.

    A context manager. Not for use by two threads at once.
    """

    def __init__(self, *, seconds: float = SECONDS, memory_mb: int = MEMORY_MB) -> None:
        self.seconds = seconds
        self.memory_mb = memory_mb
        self._child: subprocess.Popen | None = None
        self._files = 0

    def __enter__(self) -> "LimitedParser":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the child, if there is one."""
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            child.communicate()

    def parse(self, source: Source, filename: str = "") -> Parsed:
        """As `parse_limited`. After a death in a used child a fresh one tries once more: only the file counts."""
        data = source if isinstance(source, bytes) else _bytes_of(source)
        if len(data) > MAX_BYTES:
            raise refuse("too_large", limit=MAX_BYTES // 1_000_000)
        if self._files >= _FILES_A_CHILD:
            self.close()
        used = self._child is not None
        try:
            return self._ask(data)
        except Unreadable as refused:
            if not used or refused.code not in ("parser_died", "parser_too_big"):
                raise
        return self._ask(data)

    def _ask(self, data: bytes) -> Parsed:
        child = self._started()
        self._files += 1
        late = threading.Event()
        timer = threading.Timer(self.seconds, _stop, (child, late))
        timer.start()
        try:
            answer = _exchange(child, data)
        finally:
            timer.cancel()
            timer.join()
        if answer is None:
            raise self._death(child, late.is_set())
        return _understood(answer)

    def _started(self) -> subprocess.Popen:
        if self._child is None or self._child.poll() is not None:
            self.close()
            here = str(Path(__file__).resolve().parent.parent)
            self._child = subprocess.Popen(  # noqa: S603 - our own interpreter and our own words
                [sys.executable, "-I", "-S", "-c", _BOOT, here, str(self.seconds), str(self.memory_mb)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={},
                cwd="/",
            )
            self._files = 0
        return self._child

    def _death(self, child: subprocess.Popen, late: bool) -> Unreadable:
        """Why the child gave no answer."""
        child.kill()
        status = child.wait()
        self.close()
        if late or status == -signal.SIGXCPU:
            return refuse("parser_too_slow", seconds=self.seconds)
        if status == TOO_BIG:
            return refuse("parser_too_big")
        return refuse("parser_died")


def _stop(child: subprocess.Popen, late: threading.Event) -> None:
    late.set()
    child.kill()


def _bytes_of(path: str | os.PathLike) -> bytes:
    """The bytes of an ordinary file, at most one more than may be."""
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise refuse("not_a_file")
    with open(path, "rb") as file:
        return file.read(MAX_BYTES + 1)


def _exchange(child: subprocess.Popen, data: bytes) -> bytes | None:
    """Send one file, return the answer; None if the child died or its answer is no answer."""
    assert child.stdin and child.stdout
    try:
        child.stdin.write(LENGTH.pack(len(data)))
        child.stdin.write(data)
        child.stdin.flush()
        head = child.stdout.read(LENGTH.size)
        if len(head) < LENGTH.size:
            return None
        size = LENGTH.unpack(head)[0]
        answer = child.stdout.read(size) if size <= _LARGEST_ANSWER else b""
    except (OSError, ValueError):
        return None
    return answer if answer and len(answer) == size else None


def _understood(answer: bytes) -> Parsed:
    if answer.startswith(b'{"parsed":'):
        return Parsed.from_json(answer[len(b'{"parsed":') : -1])
    refused = json.loads(answer)
    raise Unreadable(refused["code"], refused["sentence"])
