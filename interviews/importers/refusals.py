"""Every way in which a file can be refused: a short code, and one sentence that says what is wrong and what to do."""

SENTENCES = {
    "empty": "This file is empty: export the transcript again and upload the new file.",
    "too_large": "This file is larger than {limit} MB: upload the transcript alone, without sound or pictures.",
    "too_many_turns": "This file has more than {limit:,} turns, too many for one talk: upload one interview a file.",
    "not_a_file": "There is no ordinary file under this name: choose a transcript file.",
    "pdf": "This is a PDF: upload the transcript as DOCX, WebVTT, SubRip, JSON or plain text.",
    "image": "This is a picture: upload the transcript as DOCX, WebVTT, SubRip, JSON or plain text.",
    "sound": "This is a sound or video recording: have it transcribed first and upload the transcript.",
    "archive": "This is an archive: unpack it and upload the transcripts inside, one interview a file.",
    "old_office": "This is an old Office file (.doc, .xls or .ppt): open it and save it as .docx.",
    "encrypted_office": "This document is protected by a password: remove the password and upload it again.",
    "spreadsheet": "This is a spreadsheet: save the transcript as DOCX or plain text.",
    "presentation": "This is a presentation: save the transcript as DOCX or plain text.",
    "other_document": "This kind of document cannot be read here ({kind}): save it as DOCX or plain text.",
    "html": "This is a web page: save the transcript as DOCX, WebVTT or plain text.",
    "xml": "This is an XML file of a kind that cannot be read here: export the transcript as WebVTT or DOCX.",
    "binary": "This is not a transcript but a binary file: upload DOCX, WebVTT, SubRip, JSON or plain text.",
    "nul_bytes": "This text holds zero bytes, so it was damaged or is in a rare encoding: save it again as UTF-8.",
    "unknown_encoding": "The encoding of this text cannot be told: save it again as UTF-8.",
    "no_cues": "This caption file holds no captions: check the recorder's export and upload it again.",
    "no_words": "This file holds no spoken words: check the recorder's export and upload it again.",
    "docx_damaged": "This DOCX is damaged or cut short: open it in a word processor, save it again and upload that.",
    "docx_bomb": "This DOCX unpacks to far more than a transcript needs: save its text alone as a new DOCX.",
    "docx_unsafe": "This DOCX is packed in an unsafe way ({reason}): open it in a word processor and save it again.",
    "docx_doctype": "This DOCX declares a document type or entities, which is unsafe: save its text as a new DOCX.",
    "json_damaged": "This JSON is damaged or was cut short: export the transcript again.",
    "json_too_deep": "This JSON is nested too deeply to be a transcript: export the transcript again.",
    "json_unknown": "This JSON is not from Whisper, Deepgram, AssemblyAI, Otter or Rev: export WebVTT or DOCX instead.",
    "json_unfinished": "The transcription service had not finished this transcript: fetch it again when it is done.",
    "parser_died": "Reading this file stopped without an answer: export it again in another format, such as WebVTT.",
    "parser_too_slow": "Reading this file took more than {seconds:g} seconds: upload a shorter file or another format.",
    "parser_too_big": "Reading this file took too much memory: upload a shorter file or another format.",
}


class Unreadable(Exception):
    """A file that gives no transcript. `code` is a key of SENTENCES; `sentence` is for the person who uploaded it."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(code, sentence)
        self.code = code
        self.sentence = sentence

    def __str__(self) -> str:
        return self.sentence


def refuse(code: str, **values: object) -> Unreadable:
    """The refusal of this code, its sentence filled in; to be raised by the caller."""
    return Unreadable(code, SENTENCES[code].format(**values))
