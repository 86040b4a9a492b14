"""75 real interviews: as many turns as blocks, every word accounted for, in this process and in the child."""

import re

import pytest

from interviews.importers import parse, parse_limited_many
from interviews.importers.stamps import SQUARE

# what the benchmark counts as one turn
BLOCK = re.compile(r"^\*\*([^*\n]{2,40}):\*\*", re.M)


@pytest.fixture(scope="module")
def interviews(shared):
    found = sorted((shared / "corpora" / "engineering-interviews").glob("*.md"))
    if not found:
        pytest.skip("the corpus of interviews is not here")
    return found


def test_interviews_have_as_many_turns_as_blocks_and_lose_no_word(interviews):
    assert len(interviews) == 75
    for path in interviews:
        source = path.read_text(encoding="utf-8")
        parts = BLOCK.split(source)
        parsed = parse(path.read_bytes(), path.name)
        dropped = {item.what: item.count for item in parsed.loss.dropped}
        assert [turn.speaker for turn in parsed.turns] == [name.strip() for name in parts[1::2]], path.name
        assert set(dropped) <= {"time stamps", "time stamps inside a turn", "break marks"}, path.name
        assert parsed.loss.words_in == parsed.loss.words_out
        for turn, said in zip(parsed.turns, parts[2::2], strict=True):
            assert _letters(turn.text) == _letters(said), (path.name, turn.index)


def _letters(text: str) -> str:
    """The letters and digits of the speech: without stamps, break marks, escapes and character references."""
    text = re.sub(r"^(?:# )?(?:\*\*)?(?:Break|Jingle|Sample|Outro):?(?:\*\*)?:? \\?\[[\d:.]+.*$", "", text, flags=re.M)
    text = re.sub(r"&(?:quot|lt|gt|amp|#39);", "", text)
    return re.sub(r"[\W_]", "", SQUARE.sub("", text))


def test_child_parses_all_interviews_as_this_process_does(interviews):
    found = dict(parse_limited_many(interviews))
    assert found == {path: parse(path.read_bytes()) for path in interviews}
    assert sum(parsed.loss.words_out for parsed in found.values()) > 850_000
