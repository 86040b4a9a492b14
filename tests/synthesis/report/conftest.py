import json
from copy import deepcopy
from pathlib import Path

import pytest

DATA = Path(__file__).parents[2] / "data"


@pytest.fixture(scope="session")
def example_snapshot() -> dict:
    """The hand-written example: 18 interviews, five questions, seven findings. Not to be changed."""
    return json.loads((DATA / "snapshot.json").read_text(encoding="utf-8"))


@pytest.fixture
def snapshot(example_snapshot: dict) -> dict:
    """A copy of the example, free to change."""
    return deepcopy(example_snapshot)


@pytest.fixture
def texts() -> dict[str, str]:
    """The cleared transcripts of the example by id."""
    return json.loads((DATA / "snapshot_texts.json").read_text(encoding="utf-8"))
