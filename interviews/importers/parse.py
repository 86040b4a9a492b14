"""From bytes to a transcript: the one door to all importers. Formats are told by content, not by name."""

from . import docx, jsonfile, markdown, plaintext, sniff, subrip, webvtt
from .cues import Cue, Reading
from .encoding import clean, decode
from .losses import Losses, words
from .refusals import Unreadable, refuse
from .roles import guess_roles
from .shapes import MAX_BYTES, MAX_TURNS, SPOKEN_LOSSES, UNEXPLAINED, Loss, Parsed, ParsedTurn

_LONGEST_NAME = 200


def parse(data: bytes, filename: str = "") -> Parsed:
    """The transcript in `data`. The file's name is only for people and decides nothing.

    Raises Unreadable, and nothing else, for every file that gives no transcript.
    """
    try:
        return _parse(data)
    except RecursionError:
        raise refuse("json_too_deep") from None
    except MemoryError:
        raise refuse("parser_too_big") from None


def _parse(data: bytes) -> Parsed:
    if not data.strip(b"\0 \t\r\n"):
        raise refuse("empty")
    if len(data) > MAX_BYTES:
        raise refuse("too_large", limit=MAX_BYTES // 1_000_000)
    losses = Losses()
    if sniff.is_docx(data):
        return _finished("docx", docx.read(data, losses), losses, "DOCX")
    text, encoding = decode(data, losses)
    text = clean(text, losses)
    if not text.strip("\ufeff \t\n"):
        raise refuse("empty")
    sniff.refuse_markup(text)
    name, reading = _read_text(text, losses)
    return _finished(name, reading, losses, encoding)


def _read_text(text: str, losses: Losses) -> tuple[str, Reading]:
    if webvtt.looks_like(text):
        return "webvtt", webvtt.read(text, losses)
    if subrip.looks_like(text):
        return "srt", subrip.read(text, losses)
    if jsonfile.looks_like(text):
        return jsonfile.read(text, losses)
    if markdown.looks_like(text):
        return "markdown", markdown.read(text, losses)
    return plaintext.read_as_written(text, losses)


def _finished(name: str, reading: Reading, losses: Losses, encoding: str) -> Parsed:
    """Number the turns, count what came out, and name any word that the account cannot explain."""
    spoken = [turn for turn in reading.turns if turn.text.strip()]
    if not spoken:
        raise refuse("no_words")
    if len(spoken) > MAX_TURNS:
        raise refuse("too_many_turns", limit=MAX_TURNS)
    turns = tuple(_turn(index, cue, losses) for index, cue in enumerate(spoken))
    words_out = sum(words(turn.text) for turn in turns)
    named = sum(losses.count(what) for what in SPOKEN_LOSSES)
    losses.drop(UNEXPLAINED, "please report this file", count=reading.words_in - words_out - named)
    loss = Loss(reading.cues_in, len(turns), reading.words_in, words_out, losses.dropped())
    return Parsed(name, turns, loss, guess_roles(turns), encoding)


def _turn(index: int, cue: Cue, losses: Losses) -> ParsedTurn:
    speaker = " ".join(cue.speaker.split())
    if len(speaker) > _LONGEST_NAME:
        losses.drop("ends of long names", f"a speaker's name has at most {_LONGEST_NAME} characters", speaker)
    return ParsedTurn(index, speaker[:_LONGEST_NAME], cue.start_ms, cue.end_ms, cue.text.strip())


__all__ = ["Unreadable", "parse"]
