"""The words that experts confirm and agree to: what the rules of the trade want in them, and that a change shows."""

import hashlib

import pytest

from interviews import texts
from interviews.models import ConsentPurpose

CONSENTS = [texts.consent_of(purpose) for purpose in texts.CONSENTS]


def test_there_is_one_text_for_each_purpose_of_consent():
    assert set(texts.CONSENTS) == set(ConsentPurpose.values)


@pytest.mark.parametrize(
    "words",
    [
        "confidential information of my present employer",
        "inside information",
        "break a duty",
        "paid for my time",
        "never for what I say",
        "I may stop at any time",
        "paid in full",
        "secrets of a trade",
        "clinical trial",
    ],
)
def test_attestation_says_what_the_rules_want(words):
    assert words in texts.current(texts.ATTESTATION).body


@pytest.mark.parametrize("wording", CONSENTS, ids=texts.CONSENTS)
@pytest.mark.parametrize(
    "words", ["controller", "How long it is kept", "Withdrawal", "at any time", "You are paid the same", "complain"]
)
def test_consent_tells_controller_retention_and_withdrawal(wording, words):
    assert words in wording.body


@pytest.mark.parametrize("wording", [texts.current(texts.ATTESTATION), *CONSENTS], ids=lambda one: one.title)
def test_text_fits_a_page_and_its_parts_are_the_whole_of_it(wording):
    assert wording.version == "Version 1" and len(wording.body.split()) < 420
    assert wording.sha256 == hashlib.sha256(wording.text.encode()).hexdigest()
    told = [line for words, lines in wording.parts for line in (words, *lines)]
    assert told == [line.removeprefix("- ") for line in wording.body.splitlines() if line]


def test_another_word_is_another_fingerprint():
    text = texts.consent_of("quote").text
    assert texts.parse(text.replace("90 days", "9 days").replace("seven", "six")).sha256 != texts.parse(text).sha256


@pytest.mark.parametrize("text", ["", "Title\nVersion 1\n\n", "Title\n\nWords.", "\nVersion 1\n\nWords."])
def test_text_without_title_version_or_words_is_none(text):
    with pytest.raises(ValueError, match="A text begins with its title"):
        texts.parse(text)
