"""The child process: the same answers as in this process, and its death as an answer."""

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from interviews.importers import LimitedParser, Unreadable, child, parse, parse_limited, parse_limited_many
from tests.data.importers.build import docx, paragraph, sample, samples, teams_docx

GREEDY = json.dumps({"segments": [{"start": 0, "end": 1, "text": "a"}] * 400_000}).encode()
PACKAGE = Path(__file__).resolve().parents[2] / "interviews"


def code_of(source, **limits) -> str:
    with pytest.raises(Unreadable) as refused:
        parse_limited(source, **limits)
    return refused.value.code


def run_in_child(code: str, stdin: bytes = b"") -> subprocess.CompletedProcess:
    """Our own words in an interpreter that has the parser's package and nothing else."""
    script = f"import sys; sys.path.append({str(PACKAGE)!r})\nfrom importers import child\n{code}"
    command = [sys.executable, "-I", "-S", "-c", script]
    return subprocess.run(command, input=stdin, capture_output=True, env={}, check=False)


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
        killer = threading.Timer(0.2, os.kill, (parser._started().pid, signal.SIGKILL))
        killer.start()
        with pytest.raises(Unreadable) as refused:
            parser._ask(GREEDY)  # without the second try that `parse` gives
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
        process = parser._child
    assert process.returncode == -signal.SIGKILL


def test_used_child_that_dies_is_given_a_second_try():
    with LimitedParser() as parser:
        parser.parse(b"Ann: Hi.")
        first = parser._child
        killer = threading.Timer(0.2, os.kill, (first.pid, signal.SIGKILL))
        killer.start()
        assert parser.parse(GREEDY).loss.words_out == 400_000
        killer.join()
        assert parser._child.pid != first.pid


@pytest.mark.parametrize(
    "act",
    [
        "open('/etc/passwd')",
        "socket.socket()",
        "os.fork()",
        "os.system('true')",
        "subprocess.Popen(['true'])",
    ],
)
def test_child_may_open_no_file_start_no_process_and_reach_no_network(act):
    assert run_in_child(f"import socket, subprocess, os; {act}").returncode == 0
    found = run_in_child(
        f"import socket, subprocess, os\nsys.modules['importers.parse'].parse = lambda data: {act}\nchild.main(5, 800)",
        stdin=child.LENGTH.pack(1) + b"a",
    )
    assert b"PermissionError: the parser may not" in found.stderr


def test_child_cannot_take_more_memory_than_it_may():
    found = run_in_child(
        "sys.modules['importers.parse'].parse = lambda data: bytearray(200_000_000)\nchild.main(5, 150)",
        stdin=child.LENGTH.pack(1) + b"a",
    )
    assert found.returncode == child.TOO_BIG


def test_child_that_spins_is_stopped_by_its_own_limit_on_cpu_time():
    found = run_in_child(
        "def spin(data):\n    while True: pass\nsys.modules['importers.parse'].parse = spin\nchild.main(0.5, 150)",
        stdin=child.LENGTH.pack(1) + b"a",
    )
    assert found.returncode == -signal.SIGXCPU


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="the system does not show a process's environment")
def test_child_has_an_empty_environment():
    with LimitedParser() as parser:
        parser.parse(b"Ann: Hi.")
        assert Path(f"/proc/{parser._child.pid}/environ").read_bytes() == b""


def test_child_loads_none_of_the_product_but_the_parser():
    found = run_in_child(
        "print([m for m in sys.modules if m.split('.')[0] in ('django', 'docx', 'lxml', 'interviews')])"
    )
    assert found.stdout.strip() == b"[]"


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
