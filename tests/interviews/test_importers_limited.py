"""The child process: the same answers as in this process, and its death as an answer."""

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from interviews.importers import LimitedParser, Unreadable, parse, parse_limited, parse_limited_many
from tests.data.importers.build import docx, paragraph, sample, samples, teams_docx

GREEDY = json.dumps({"segments": [{"start": 0, "end": 1, "text": "a"}] * 400_000}).encode()
PACKAGE = Path(__file__).resolve().parents[2] / "interviews"


def code_of(source, **limits) -> str:
    with pytest.raises(Unreadable) as refused:
        parse_limited(source, **limits)
    return refused.value.code


def run_in_child(code: str) -> subprocess.CompletedProcess:
    """Our own words in an interpreter that has only the parser's package and its limits."""
    script = f"import sys; sys.path.append({str(PACKAGE)!r})\nfrom importers import child\n{code}"
    return subprocess.run([sys.executable, "-I", "-S", "-c", script], capture_output=True, env={}, check=False)


def test_child_gives_the_same_answers_as_this_process(tmp_path):
    sources = {name: sample(name) for name in samples()} | {"teams.docx": teams_docx()}
    sources["cp1252.txt"] = "Ann: café.\n\nBen: Ok.\n".encode("cp1252")
    sources["utf16.txt"] = "Ann: café.\n\nBen: Ok.\n".encode("utf-16")
    paths = []
    for name, data in sources.items():
        paths.append(tmp_path / name)
        paths[-1].write_bytes(data)
    results = list(parse_limited_many(paths))
    assert [path for path, _ in results] == paths
    assert [result for _, result in results] == [parse(data) for data in sources.values()]


def test_child_returns_refusals_and_goes_on():
    found = [result for _, result in parse_limited_many([b"%PDF-1.7", b"Ann: Hi.", b"", b"Ben: Ho."])]
    assert [item.code if isinstance(item, Unreadable) else item.turns[0].text for item in found] == [
        "pdf",
        "Hi.",
        "empty",
        "Ho.",
    ]
    assert found[0].sentence == "This is a PDF: upload the transcript as DOCX, WebVTT, SubRip, JSON or plain text."


def test_file_that_needs_too_much_memory_is_refused_and_a_larger_limit_reads_it():
    assert code_of(GREEDY, memory_mb=100) == "parser_too_big"
    assert parse_limited(GREEDY, memory_mb=800).loss.words_out == 400_000


def test_file_that_needs_too_much_time_is_refused():
    assert code_of(GREEDY, seconds=0.2) == "parser_too_slow"


def test_file_larger_than_the_limit_is_refused_unread(tmp_path):
    path = tmp_path / "large.txt"
    with path.open("wb") as file:
        file.truncate(200_000_000)
    assert code_of(path) == "too_large"


def test_path_that_is_no_file_is_refused(tmp_path):
    assert code_of(tmp_path) == "not_a_file"
    os.mkfifo(tmp_path / "pipe")
    assert code_of(tmp_path / "pipe") == "not_a_file"
    with pytest.raises(FileNotFoundError):
        parse_limited(tmp_path / "missing.vtt")


def test_child_killed_between_files_is_started_again():
    with LimitedParser() as parser:
        assert parser.parse(b"Ann: Hi.").turns[0].text == "Hi."
        first = parser._child
        first.kill()
        first.wait()
        assert parser.parse(b"Ben: Ho.").turns[0].text == "Ho."
        assert parser._child.pid != first.pid


def test_child_killed_while_parsing_is_an_answer():
    with LimitedParser() as parser:
        child = parser._started()
        killer = threading.Timer(0.2, os.kill, (child.pid, signal.SIGKILL))
        parser._child = None  # as if it were fresh: no second try
        parser._started = lambda: child
        killer.start()
        with pytest.raises(Unreadable) as refused:
            parser._ask(GREEDY)
        killer.join()
    assert refused.value.code == "parser_died"


def test_child_that_dies_of_one_file_parses_the_next():
    with LimitedParser(memory_mb=100) as parser:
        assert parser.parse(b"Ann: Hi.").turns[0].text == "Hi."
        with pytest.raises(Unreadable) as refused:
            parser.parse(GREEDY)
        assert refused.value.code == "parser_too_big"
        assert parser.parse(b"Ben: Ho.").turns[0].text == "Ho."


def test_child_leaves_no_process_behind():
    with LimitedParser() as parser:
        parser.parse(b"Ann: Hi.")
        child = parser._child
    assert child.returncode == -signal.SIGKILL


def test_child_may_open_no_file_start_no_process_and_reach_no_network():
    for act in (
        "open('/etc/passwd')",
        "import socket; socket.socket()",
        "import os; os.fork()",
        "import os; os.system('true')",
        "import subprocess; subprocess.Popen(['true'])",
    ):
        imports = "import socket, subprocess, os\n"
        assert run_in_child(f"{imports}{act}").returncode == 0, act
        found = run_in_child(f"{imports}child._limit(800); sys.addaudithook(child._refuse)\n{act}")
        assert b"PermissionError: the parser may not" in found.stderr, act


def test_child_has_an_empty_environment_and_few_modules():
    found = run_in_child(
        "import os; print(sorted(os.environ), [m for m in ('django', 'docx', 'lxml') if m in sys.modules])"
    )
    assert found.stdout.decode().split("] ")[1].strip() == "[]"
    assert "DJANGO_SETTINGS_MODULE" not in found.stdout.decode()


def test_adversarial_lines_are_read_in_linear_time():
    """Each of these takes hours if any pattern backtracks; the child's limit makes that a failure and not a wait."""
    many = 100_000
    files = {
        "spaces before a colon": (b"A" + b" " * 58 + b"x:y\n") * (many // 4),
        "one long label": b"A" * 5_000_000 + b": text",
        "dashes": b"- " * many * 10,
        "open brackets": b"Ann: " + b"[" * many * 10 + b"1:1",
        "half stamps": b"[00:" * many * 4,
        "colons": b"A:" * many * 10,
        "stars": b"**" * many * 10,
        "half a bold name": b"**" + b"a" * 5_000_000,
        "open tags": b"WEBVTT\n\n00:01.000 --> 00:02.000\n" + b"<v " * many * 10,
        "classes": b"WEBVTT\n\n00:01.000 --> 00:02.000\n" + b"<c." + b"=." * many * 10,
        "ampersands": b"WEBVTT\n\n00:01.000 --> 00:02.000\n" + b"&#1" * many * 10,
        "arrows": b"WEBVTT\n\n" + b"00:01.000 --> " * many,
        "digits": b"1" * 5_000_000 + b"\n00:00:01,000 --> 00:00:02,000\nHi\n",
        "names with times": b"Ann Lee  0:0\n" * many,
        "backslashes": b"**Ann:** " + b"\\" * many * 10 + b"\n\n**Ben:** ok",
        "marks": b"# **A" * many * 4,
    }
    with LimitedParser(seconds=10) as parser:
        for name, data in files.items():
            try:
                parser.parse(data)
            except Unreadable as refused:
                assert not refused.code.startswith("parser_"), name


def test_adversarial_xml_stays_within_the_limits():
    deep = "<w:p>" * 300_000 + "</w:p>" * 300_000
    wide = "<w:r><w:t>a</w:t></w:r>" * 300_000
    attribute = f'<w:p w:x="{"a" * 5_000_000}"/>'
    for name, body in {"deep": deep, "wide": f"<w:p>{wide}</w:p>", "attribute": attribute}.items():
        result = next(parse_limited_many([docx(body, paragraph("Ann: Hi."))], seconds=20))[1]
        assert not isinstance(result, Unreadable) or result.code == "docx_bomb", name
