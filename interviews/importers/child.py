"""The child process that parses: it limits itself, then answers requests from standard input on standard output.

A request is eight bytes of length and the file's bytes; an answer is eight bytes of length and JSON, either
{"parsed": ...} or {"code", "sentence"}. The child opens no file, starts no process and speaks to no network: after its
modules are loaded an audit hook refuses all three, and the limits on files and processes hold besides.
"""

import codecs
import json
import os
import resource
import struct
import sys
import threading
import time
from typing import BinaryIO

LENGTH = struct.Struct(">Q")
TOO_BIG = 87
_FORBIDDEN = (
    "open",
    "socket.",
    "subprocess.",
    "os.exec",
    "os.fork",
    "os.posix_spawn",
    "os.system",
    "os.spawn",
    "ctypes.",
)
_CODECS = ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be", "cp1252", "cp437", "ascii", "latin-1")
_UNLIMITED = resource.RLIM_INFINITY


def main(seconds: float, memory_mb: int) -> None:
    """Answer requests until standard input ends."""
    from .parse import parse
    from .refusals import Unreadable

    for codec in _CODECS:  # a codec looked up later could not be loaded any more
        codecs.lookup(codec)
    _limit(memory_mb)
    sys.addaudithook(_refuse)
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    while (data := _request(requests)) is not None:
        _allow_more_time(seconds)
        try:
            answer = b'{"parsed":' + parse(data).to_json().encode("utf-8") + b"}"
        except Unreadable as refused:
            answer = json.dumps({"code": refused.code, "sentence": refused.sentence}).encode()
        except MemoryError:
            os._exit(TOO_BIG)
        answers.write(LENGTH.pack(len(answer)) + answer)
        answers.flush()


def _request(requests: BinaryIO) -> bytes | None:
    head = requests.read(LENGTH.size)
    return requests.read(LENGTH.unpack(head)[0]) if len(head) == LENGTH.size else None


def _limit(memory_mb: int) -> None:
    """Memory, files, processes and cores. Where the system does not keep an address-space limit, a thread watches."""
    size = memory_mb * 1_000_000
    for what, limit in (
        ("RLIMIT_CORE", 0),
        ("RLIMIT_FSIZE", 0),
        ("RLIMIT_NOFILE", 8),
        ("RLIMIT_NPROC", 0),
        ("RLIMIT_AS", size),
        ("RLIMIT_DATA", size),
    ):
        if what == "RLIMIT_NPROC" and sys.platform == "darwin":
            continue  # the watching thread below would count
        try:
            resource.setrlimit(getattr(resource, what), (limit, limit))
        except (AttributeError, ValueError, OSError):
            continue
    if sys.platform == "darwin":
        threading.Thread(target=_watch_memory, args=(size,), daemon=True).start()


def _watch_memory(size: int) -> None:
    """macOS accepts an address-space limit and ignores it: end the process when its peak passes the limit."""
    while resource.getrusage(resource.RUSAGE_SELF).ru_maxrss <= size:  # bytes on macOS
        time.sleep(0.02)
    os._exit(TOO_BIG)


def _allow_more_time(seconds: float) -> None:
    """The limit on CPU time counts from the start of the process: move it on for each file."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime + seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (soft, _UNLIMITED))


def _refuse(event: str, _arguments: tuple) -> None:
    if event.startswith(_FORBIDDEN):
        raise PermissionError(f"the parser may not: {event}")
