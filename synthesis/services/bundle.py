"""The files of a deliverable, each a function of the frozen facts alone. It loads the drawing libraries: for workers."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from synthesis.report.snapshot import canonical, sha256, validate

Member = tuple[str, str, bytes]
MATRIX, TIME_LINE, REPORT, FACTS, MANIFEST = "matrix.svg", "incidents.svg", "report.pdf", "facts.json", "manifest.json"


def members(snapshot: Mapping[str, Any], progress: Callable[[int, int], None]) -> Iterator[Member]:
    """(name, media type, bytes) of every file, the manifest last. Raises InvalidSnapshot before the first."""
    from synthesis.report import charts, pdf

    validate(snapshot)
    stance = charts.stance_matrix(snapshot["matrix"], snapshot["questions"], snapshot["segments"])
    makers: list[tuple[str, str, Callable[[], bytes]]] = [
        (FACTS, "application/json", lambda: canonical(snapshot)),
        (MATRIX, "image/svg+xml", lambda: charts.svg(stance).encode()),
        (TIME_LINE, "image/svg+xml", lambda: charts.svg(charts.incident_time_line(snapshot["incidents"])).encode()),
        (REPORT, "application/pdf", lambda: pdf.pdf(snapshot)),
    ]
    written = []
    for done, (name, media_type, make) in enumerate(makers, 1):
        content = make()
        written.append((name, media_type, content))
        progress(done, len(makers) + 1)
        yield name, media_type, content
    yield MANIFEST, "application/json", manifest(snapshot, written)
    progress(len(makers) + 1, len(makers) + 1)


def manifest(snapshot: Mapping[str, Any], files: list[Member]) -> bytes:
    """The list by which anyone can verify a bundle: each file's name, type, size and SHA-256."""
    listed = [
        {"name": name, "media_type": media_type, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, media_type, content in sorted(files)
    ]
    body = {"version": snapshot["version"], "built_at": snapshot["built_at"], "facts_sha256": sha256(snapshot)}
    return json.dumps({**body, "files": listed}, indent=2, sort_keys=True).encode() + b"\n"
