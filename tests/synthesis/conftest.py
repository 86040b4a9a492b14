"""What the tests of tagging, reading and review share."""

import pytest

from synthesis.nlp.tagger import Tagger
from synthesis.services import runs


@pytest.fixture(scope="session")
def words_only() -> Tagger:
    """The real tagger without sentence vectors: the same on every machine, and loaded once."""
    return Tagger.load(None)


@pytest.fixture
def tagger(monkeypatch, settings, tmp_path, words_only) -> Tagger:
    """Runs use the tagger without sentence vectors."""
    settings.ENCODER_DIR = tmp_path / "encoder"
    monkeypatch.setattr(runs, "tagger", lambda: words_only)
    return words_only
