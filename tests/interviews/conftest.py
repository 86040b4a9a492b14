import io

import pytest

from accounts import jobs
from interviews import sources
from interviews.models import Transcript
from interviews.services import transcripts

CALL = """WEBVTT

00:00:01.000 --> 00:00:05.000
Mara Ellison: What did the outage change for you?

00:00:05.500 --> 00:00:20.000
Dana Whitlock: We moved two workloads, and Priya said as much. Nobody panicked.

00:00:21.000 --> 00:00:24.000
Mara Ellison: And how long did review take, Dana?

00:00:25.000 --> 00:00:40.000
Dana Whitlock: Three days, up from one, at Harrow Mutual.
"""


@pytest.fixture
def upload():
    """upload(interview, by, data, filename): the transcript after its bytes were kept and its row written."""

    def make(interview, by, data=CALL, filename="call.vtt") -> Transcript:
        raw = data.encode() if isinstance(data, str) else data
        kept = sources.keep(sources.chunks_of(io.BytesIO(raw)))
        return transcripts.receive_upload(interview=interview, kept=kept, filename=filename, by=by).transcript

    return make


@pytest.fixture
def parsed(upload):
    """parsed(interview, by, …): the transcript after the worker has read it, in a real child process."""

    def make(*args, **kwargs) -> Transcript:
        transcript = upload(*args, **kwargs)
        jobs.drain()
        transcript.refresh_from_db()
        return transcript

    return make
