"""The files of a deliverable, each a function of the frozen facts alone. It loads the drawing libraries: for workers."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from synthesis.report import rawdata
from synthesis.report.snapshot import validate

Member = tuple[str, str, bytes]
MATRIX, TIME_LINE, REPORT = "matrix.svg", "incidents.svg", "report.pdf"
MEDIA_TYPES = {"csv": "text/csv", "json": "application/json", "pdf": "application/pdf", "svg": "image/svg+xml"}


def members(snapshot: Mapping[str, Any], progress: Callable[[int, int], None]) -> Iterator[Member]:
    """(name, media type, bytes) of every file, the manifest last. Raises InvalidSnapshot before the first."""
    from synthesis.report import charts, pdf

    validate(snapshot)
    stance = charts.stance_matrix(snapshot["matrix"], snapshot["questions"], snapshot["segments"])
    time_line = charts.incident_time_line(snapshot["incidents"])
    makers: dict[str, Callable[[], bytes]] = {
        MATRIX: lambda: charts.svg(stance).encode(),
        TIME_LINE: lambda: charts.svg(time_line).encode(),
        REPORT: lambda: pdf.pdf(snapshot),
        **{name: partial(build, snapshot) for name, build in rawdata.FILES.items()},
    }
    written = {}
    for done, (name, make) in enumerate(makers.items(), 1):
        written[name] = make()
        progress(done, len(makers))
        yield name, media_type(name), written[name]
    yield rawdata.MANIFEST, media_type(rawdata.MANIFEST), rawdata.manifest(written, snapshot)


def media_type(name: str) -> str:
    """The media type of a file by the end of its name."""
    return MEDIA_TYPES[name.rsplit(".", 1)[-1]]
