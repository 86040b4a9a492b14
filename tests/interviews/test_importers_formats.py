"""Every format with a small hand-written file and the exact turns that it must give."""

import json

import pytest

from interviews.importers import Dropped, Loss, Parsed, RoleGuess, parse
from tests.data.importers.build import WORD, docx, paragraph, sample, samples, table, teams_docx

DANA, OWEN = "Dana Whitlock", "Owen Price"

TURNS = {
    "zoom.vtt": [
        (DANA, 2010, 5480, "Thanks for joining. How many regions do you run in today?"),
        ("Priya Nair", 5900, 12700, "Three, and honestly we only fail over between two of them."),
        (DANA, 13000, 14100, "Why is that?"),
        ("Priya Nair", 14500, 18000, "Cost: nobody wants to pay for idle capacity."),
    ],
    "teams.vtt": [
        (DANA, 3100, 6250, "Let's start with the October outage."),
        ("Jonas & Co", 6900, 11000, "We lost DNS first."),
        (DANA, 6900, 11000, "For how long?"),
        ("Jonas & Co", 11200, 14000, "About two hours < the rumour said five."),
    ],
    "odd.vtt": [
        (
            "",
            1000,
            None,
            "It went from green --> red in a minute. AT&T called & we said R&D. Then a blank line inside."
            " Ends before it starts. Times nobody can read.",
        )
    ],
    "webex.vtt": [(DANA, 1000, 2500, "Can you hear me?"), (OWEN, 3000, 5000, "Loud and clear.")],
    "labelled.srt": [
        ("Interviewer", 1000, 3000, "What did the migration cost?"),
        ("Expert", 3500, 8000, "Roughly nine months of two engineers."),
        ("Interviewer", 8500, 10000, "Only two?"),
        ("Expert", 8500, 10000, "Only two."),
    ],
    "unlabelled.srt": [
        ("", 1000, 5000, "We started in the spring. Nobody had a plan."),
        ("", 9500, 11000, "Then came the audit."),
    ],
    "otter.txt": [
        (DANA, 3000, None, "Tell me about your rotation."),
        ("Speaker 2", 9000, None, "Eight people, one week each.\nIt is rough in December.\nWe lost two of them."),
        (DANA, 3602000, None, "Why?"),
    ],
    "rev.txt": [
        ("Speaker 1", 3000, None, "When did you move off the old region?"),
        ("Speaker 2", 8000, None, "In 2023. It took\na whole quarter."),
        ("Speaker 1", 3730000, None, "Thank you."),
    ],
    "labelled.txt": [
        ("Q", None, None, "What breaks first?"),
        (
            "A",
            None,
            None,
            "The control plane. Note: I mean the API, not the data path.\n\nSecond paragraph of the same answer.",
        ),
        ("Q", None, None, "And then?"),
        ("A", None, None, "People."),
    ],
    "stamped.txt": [
        (DANA, 5000, None, "How big is the bill?"),
        (OWEN, 9000, None, "Forty million a year."),
        (DANA, 60000, None, "Is it growing?"),
        (OWEN, 63000, None, "Yes."),
    ],
    "nobody.txt": [
        ("", None, None, "We moved the queue first, and that was the mistake."),
        ("", None, None, "Nobody told the billing team.\nThey found out on a Sunday."),
        ("", None, None, "One thing: always move the readers before the writers."),
    ],
    "teams_paste.txt": [
        (DANA, 5100, 8250, "Where did the alert come from?"),
        (OWEN, 8900, 15000, "A customer, sadly.\nTwenty minutes before our own."),
    ],
    "blocks.md": [
        (DANA, 1000, None, "How did the team find out? [laughter]"),
        (
            OWEN,
            None,
            None,
            "A page went off at 10:30, and [unintelligible 00:00:09.10] nobody answered.\n\nThe second one woke me up."
            ' It cost 40% "of the quarter", *more or less*.',
        ),
        (OWEN, None, None, "Same speaker, new block."),
        ("Jingle", 3186000, 3204000, "[53:06] to [53:24]"),
        (DANA, None, None, "Thanks."),
    ],
    "bold_names.md": [
        (DANA, None, None, "Who owns the runbook?"),
        (OWEN, 12000, None, "Nobody [sighs] did."),
        (DANA, 20000, None, "And now?"),
        (OWEN, None, None, "I do."),
    ],
    "whisper.json": [
        ("", 0, 4000, "We buy reserved capacity. It never fits."),
        ("", 9000, 9500, "Anyway."),
    ],
    "whispercpp.json": [("", 0, 4000, "The bill doubled. Nobody noticed.")],
    "whisperx.json": [("SPEAKER_00", 100, 1900, "Who was on call?"), ("SPEAKER_01", 2000, 4000, "I was. Alone.")],
    "deepgram.json": [
        ("Speaker 0", 500, 2250, "How long did it take?"),
        ("Speaker 1", 3000, 5000, "Six months. We had help."),
    ],
    "deepgram_paragraphs.json": [("Speaker 0", 0, 1000, "Did it hold?"), ("Speaker 1", 1500, 2400, "It did. Mostly.")],
    "deepgram_words.json": [("Speaker 0", 0, 800, "Still there?"), ("Speaker 1", 1200, 1500, "Yes.")],
    "assemblyai.json": [
        ("Speaker A", 250, 1650, "Do you multi-source?"),
        ("Speaker B", 1900, 2600, "We tried. It failed."),
    ],
    "otter.json": [
        (DANA, 1000, 3000, "Who signs the contract?"),
        ("Speaker 2", 4000, 12000, "Procurement does. Never us."),
    ],
    "rev.json": [("Speaker 0", 270, 980, "Any regrets?"), ("Speaker 1", 1500, 1750, "One, <inaudible>.")],
    "rev_human.json": [(DANA, 1210, 1600, "Ready?"), (OWEN, 2000, 2900, "Always.")],
}
FORMATS = {
    "zoom.vtt": "webvtt",
    "labelled.srt": "srt",
    "rev.txt": "text",
    "blocks.md": "markdown",
    "bold_names.md": "markdown",
    "whispercpp.json": "whisper-json",
    "deepgram.json": "deepgram-json",
    "assemblyai.json": "assemblyai-json",
    "otter.json": "otter-json",
    "rev_human.json": "rev-json",
}


def rows(parsed: Parsed) -> list[tuple]:
    return [(turn.speaker, turn.start_ms, turn.end_ms, turn.text) for turn in parsed.turns]


def losses(parsed: Parsed) -> dict[str, int]:
    return {item.what: item.count for item in parsed.loss.dropped}


def test_samples_all_have_their_turns_written_down():
    assert samples() == sorted(TURNS)


@pytest.mark.parametrize("name", TURNS)
def test_sample_gives_exactly_its_turns(name):
    parsed = parse(sample(name))
    assert rows(parsed) == TURNS[name]
    assert [turn.index for turn in parsed.turns] == list(range(len(TURNS[name])))


@pytest.mark.parametrize("name", FORMATS)
def test_format_is_told_by_content_whatever_the_name(name):
    assert parse(sample(name), filename="something.pdf").format == FORMATS[name]


@pytest.mark.parametrize("name", TURNS)
def test_line_ends_and_byte_order_marks_change_nothing(name):
    plain = parse(sample(name))
    text = sample(name).decode()
    for variant in (
        text.replace("\n", "\r\n").encode(),
        text.replace("\n", "\r").encode(),
        b"\xef\xbb\xbf" + sample(name),
        text.encode("utf-16"),
        text.encode("utf-16-le"),
        text.encode("utf-16-be"),
        b"\xff\xfe\0\0" + text.encode("utf-32-le"),
    ):
        parsed = parse(variant)
        assert (parsed.turns, parsed.loss) == (plain.turns, plain.loss), parsed.encoding


def test_vtt_names_all_that_is_no_speech():
    parsed = parse(sample("odd.vtt"))
    assert parsed.loss == Loss(
        cues_in=5,
        turns_out=1,
        words_in=28,
        words_out=28,
        dropped=(
            Dropped("header lines", 3, "title and settings of the file, not speech", "WEBVTT - Call 7"),
            Dropped(
                "style sheets", 1, "comments and layout of the recorder, not speech", "STYLE ::cue { color: lime }"
            ),
            Dropped("regions", 1, "comments and layout of the recorder, not speech", "REGION id:left width:40%"),
            Dropped("notes", 1, "comments and layout of the recorder, not speech", "NOTE The bot joined late."),
            Dropped("cue ids that hold text", 1, "a caption's name in the file, not speech", "Introduction - part one"),
            Dropped("empty cues", 1, "a caption with no words", "00:04.000 --> 00:05.000"),
            Dropped(
                "end times before their start", 1, "a time span cannot end before it starts", "Ends before it starts."
            ),
            Dropped("times that cannot be read", 2, "not a clock time within a week", "00:00:xx --> 00:00:12.000"),
        ),
    )


def test_vtt_without_blank_lines_between_captions_keeps_them_apart():
    parsed = parse(b"WEBVTT\n00:01.000 --> 00:02.000\n<v A1>One.\n2\n00:02.000 --> 00:03.000\n<v B2>Two.\n")
    assert rows(parsed) == [("A1", 1000, 2000, "One."), ("B2", 2000, 3000, "Two.")]


def test_vtt_with_a_long_silence_begins_a_new_turn():
    parsed = parse(
        b"WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ann>One.\n\n00:32.000 --> 00:33.000\n<v Ann>Two.\n\n"
        b"01:04.000 --> 01:05.000\n<v Ann>Three."
    )
    assert rows(parsed) == [("Ann", 1000, 33000, "One. Two."), ("Ann", 64000, 65000, "Three.")]


def test_vtt_caption_with_a_colon_in_speech_names_no_speaker():
    parsed = parse(b"WEBVTT\n\n00:01.000 --> 00:02.000\nTwo things\n\n00:02.000 --> 00:03.000\nFirst: the cost.\n")
    assert rows(parsed) == [("", 1000, 3000, "Two things First: the cost.")]


def test_srt_cue_with_a_spoken_time_arrow_keeps_it():
    parsed = parse(b"1\n00:00:01,000 --> 00:00:02,000\nRead it as\n5:00 --> 6:00 please\n")
    assert rows(parsed) == [("", 1000, 2000, "Read it as 5:00 --> 6:00 please")]


def test_txt_with_a_time_of_day_at_the_start_of_speech_keeps_it():
    parsed = parse(b"Ann: When?\n\nBen: 10:30 suits me.\n\nAnn: Good.\n\nBen: Fine.")
    assert rows(parsed)[1] == ("Ben", None, None, "10:30 suits me.")
    assert rows(parse(b"10:30 suits me.\n\nThen lunch."))[0] == ("", None, None, "10:30 suits me.")


def test_txt_with_stamps_and_no_names_has_a_turn_a_stamp():
    parsed = parse(b"[00:01] We began.\n[00:09] We ended.\nAll of us.")
    assert rows(parsed) == [("", 1000, None, "We began."), ("", 9000, None, "We ended.\nAll of us.")]
    assert not parsed.speakers_known


def test_txt_with_names_under_times_and_after_them():
    parsed = parse(
        b"00:00:01 Ann Lee\nReady?\n00:00:04 Ben Ode\nYes, go.\n00:00:06 Ann Lee\nGood.\n00:00:08 Ben Ode\nSo."
    )
    assert rows(parsed) == [
        ("Ann Lee", 1000, None, "Ready?"),
        ("Ben Ode", 4000, None, "Yes, go."),
        ("Ann Lee", 6000, None, "Good."),
        ("Ben Ode", 8000, None, "So."),
    ]


def test_txt_sentences_before_the_first_name_are_kept_as_an_unknown_speaker():
    parsed = parse(b"Interview 4\n\nSorry, I was muted, can you hear me?\n\nAnn: Yes.\n\nBen: Good.\n\nAnn: Go.")
    assert rows(parsed)[0] == ("", None, None, "Sorry, I was muted, can you hear me?")
    assert losses(parsed) == {"heading lines": 1}


def test_txt_with_labels_in_other_scripts():
    parsed = parse("田中太郎：始めましょう。\n\n鈴木：はい。\n\n田中太郎：では。".encode())
    assert rows(parsed) == [
        ("田中太郎", None, None, "始めましょう。"),
        ("鈴木", None, None, "はい。"),
        ("田中太郎", None, None, "では。"),
    ]


def test_text_keeps_its_code_points():
    said = "e\u0301 vs \u00e9, 👩\u200d💻 and \u00a0space\u2028line"
    parsed = parse(f"Ann: {said}.\n\nBen: Ok.".encode())
    assert parsed.turns[0].text == said + "."


def test_json_escapes_of_halves_and_controls_are_replaced_and_named():
    parsed = parse(rb'{"segments": [{"start": 0, "end": 1, "text": "a\ud800b c\u0000d e\r\nf \ud83d\ude00"}]}')
    assert parsed.turns[0].text == "a\ufffdb cd e\nf \U0001f600"
    assert losses(parsed) == {"halves of characters": 1, "control characters": 1}


def test_json_times_out_of_all_sense_are_none_and_named():
    huge = "9" * 4000
    parsed = parse(
        f'{{"segments": [{{"start": {huge}, "end": 1e400, "text": "a"}}, {{"start": -5, "end": NaN, "text": "b"}},'
        ' {"start": true, "end": "x", "text": "c"}]}'.encode()
    )
    assert rows(parsed) == [("", None, None, "a b c")]
    assert losses(parsed) == {"times that cannot be read": 6}


def test_json_words_outside_the_segments_are_a_named_loss():
    parsed = parse(b'{"text": "One two three four.", "segments": [{"start": 0, "end": 1, "text": "One two"}]}')
    assert (parsed.loss.words_in, parsed.loss.words_out) == (4, 2)
    assert losses(parsed) == {"words outside the speaker segments": 2}


def test_json_of_two_channels_has_a_speaker_a_channel():
    channel = '{"alternatives": [{"transcript": "%s", "words": [{"word": "%s", "start": %s, "end": %s}]}]}'
    channels = ", ".join(channel % item for item in (("yes", "yes", 2, 3), ("ready", "ready", 0, 1)))
    parsed = parse(f'{{"results": {{"channels": [{channels}]}}}}'.encode())
    assert rows(parsed) == [("Channel 1", 0, 1000, "ready"), ("Channel 0", 2000, 3000, "yes")]


def test_docx_of_teams():
    parsed = parse(teams_docx())
    assert parsed.format == "docx"
    assert rows(parsed) == [
        (DANA, 3000, None, "Which region fails most?"),
        (OWEN, 9000, None, "The first one, by far.\nIt is the oldest & the biggest."),
        (DANA, 3723000, None, "Thanks."),
    ]
    assert losses(parsed) == {"recorder's remarks": 2, "heading lines": 3, "time stamps": 4}


def test_docx_of_older_teams():
    parsed = parse(
        docx(
            paragraph("0:0:5.100 --> 0:0:8.250", DANA, "Where did it start?"),
            paragraph("0:0:8.500 --> 0:0:10.0", OWEN, "In storage."),
        )
    )
    assert rows(parsed) == [(DANA, 5100, 8250, "Where did it start?"), (OWEN, 8500, 10000, "In storage.")]


def test_docx_of_otter_and_rev():
    otter = docx(
        paragraph("Speaker 1  00:00"),
        paragraph("Who pays?"),
        paragraph(f"{OWEN}  00:04"),
        paragraph("The"),
        paragraph("team."),
    )
    assert rows(parse(otter)) == [("Speaker 1", 0, None, "Who pays?"), (OWEN, 4000, None, "The\n\nteam.")]
    rev = docx(paragraph(f"{DANA} (00:03):"), paragraph("Who pays?"), paragraph(f"{OWEN} (00:09):"), paragraph("Us."))
    assert rows(parse(rev)) == [(DANA, 3000, None, "Who pays?"), (OWEN, 9000, None, "Us.")]


def test_docx_table_of_time_name_and_words_keeps_its_rows():
    parsed = parse(docx(table(("0:01", DANA, "Who pays?"), ("0:04", OWEN, "Us: all of us."), ("0:06", DANA, "Ok."))))
    assert rows(parsed) == [
        (DANA, 1000, None, "Who pays?"),
        (OWEN, 4000, None, "Us: all of us."),
        (DANA, 6000, None, "Ok."),
    ]
    parsed = parse(docx(table((DANA, "Who pays?"), (OWEN, "Us."))))
    assert rows(parsed) == [(DANA, None, None, "Who pays?"), (OWEN, None, None, "Us.")]


def test_docx_struck_words_and_notes_are_named_and_not_read():
    struck = (
        "<w:p><w:r><w:t>Ann: It is </w:t></w:r><w:del><w:r><w:delText>very bad</w:delText></w:r></w:del>"
        "<w:r><w:t>fine.</w:t></w:r></w:p>"
    )
    notes = f'<w:footnotes xmlns:w="{WORD}"><w:p><w:r><w:t>see 4</w:t></w:r></w:p></w:footnotes>'.encode()
    parsed = parse(docx(struck, paragraph("Ben: Really?"), paragraph("Ann: Yes."), word__footnotes=notes))
    assert parsed.turns[0].text == "It is fine."
    assert losses(parsed) == {"deleted words": 2, "headers, footers, notes and comments": 1}


def test_parsed_survives_json_unchanged():
    for name in TURNS:
        parsed = parse(sample(name))
        assert Parsed.from_json(parsed.to_json()) == parsed


def test_loss_as_dict_is_plain():
    assert parse(b"Ann: Hi [00:01] all.\n\nBen: Ok.\n\nAnn: So.").loss.as_dict() == {
        "cues_in": 3,
        "turns_out": 3,
        "words_in": 4,
        "words_out": 4,
        "dropped": [
            {
                "what": "time stamps inside a turn",
                "count": 1,
                "why": "a time in the middle of a turn, not a spoken word",
                "example": "[00:01]",
            }
        ],
    }


def test_roles_come_from_labels_first():
    parsed = parse(
        b"Analyst: Who?\n\nOwen Price: Me, and the team in Leeds.\n\nCompliance (K. Lund): Please stop there."
    )
    assert parsed.speakers == (
        RoleGuess("Analyst", "interviewer", "the label says so: Analyst", 1, 1),
        RoleGuess("Owen Price", "expert", "another speaker is labelled as the interviewer", 1, 6),
        RoleGuess("Compliance (K. Lund)", "chaperone", "the label says so: Compliance (K. Lund)", 1, 3),
    )


def test_roles_come_from_questions_where_labels_state_none():
    parsed = parse(sample("zoom.vtt"))
    assert parsed.speakers == (
        RoleGuess(DANA, "interviewer", "100% of the turns end in a question; 42% of the words", 2, 14),
        RoleGuess("Priya Nair", "expert", "0% of the turns end in a question; 58% of the words", 2, 19),
    )


def test_speakers_who_cannot_be_told_are_said_to_be_unknown():
    parsed = parse(sample("nobody.txt"))
    assert not parsed.speakers_known
    assert parsed.speakers == (RoleGuess("", "unknown", "the file does not say who speaks", 3, 30),)


def test_vtt_with_overlapping_captions_ends_a_turn_at_the_latest_end():
    parsed = parse(b"WEBVTT\n\n00:01.000 --> 00:09.000\n<v Ann>One.\n\n00:02.000 --> 00:03.000\n<v Ann>Two.\n")
    assert rows(parsed) == [("Ann", 1000, 9000, "One. Two.")]


def test_vtt_with_two_time_lines_in_a_row_has_an_empty_caption():
    parsed = parse(b"WEBVTT\n\n00:01.000 --> 00:02.000\n00:03.000 --> 00:04.000\nHi.\n")
    assert (parsed.loss.cues_in, rows(parsed)) == (2, [("", 3000, 4000, "Hi.")])
    assert losses(parsed) == {"empty cues": 1}


def test_srt_number_after_a_blank_line_is_speech_except_at_the_end():
    parsed = parse(b"1\n00:00:01,000 --> 00:00:02,000\nIn\n\n2020\n\n2\n00:00:02,000 --> 00:00:03,000\nwe left.\n\n3\n")
    assert rows(parsed) == [("", 1000, 3000, "In 2020 we left.")]
    assert losses(parsed) == {"cue ids without a cue": 1}


def test_times_with_impossible_seconds_are_none_and_named():
    parsed = parse(b"1\n00:00:75,000 --> 00:01:20,000\nHi.\n")
    assert rows(parsed) == [("", None, 80000, "Hi.")]
    assert losses(parsed) == {"times that cannot be read": 1}


def test_txt_with_one_name_before_a_colon_among_paragraphs_names_no_speaker():
    parsed = parse(b"New York: we opened there.\n\nThen we closed.\n\nThen came the rest.")
    assert not parsed.speakers_known
    assert parsed.turns[0].text == "New York: we opened there."


def test_txt_with_a_late_rare_label_names_no_speaker():
    speech = "\n\n".join("We went on and on." for _ in range(30))
    parsed = parse(f"{speech}\n\nVendor Lock: bad.\n\nVendor Lock: worse.\n\n{speech}".encode())
    assert not parsed.speakers_known


def test_txt_date_with_a_time_is_no_speaker():
    parsed = parse(b"January 10, 2024 10:03\n\nAnn Lee  0:01\nHi.\n\nBen Ode  0:03\nHo.")
    assert [turn.speaker for turn in parsed.turns] == ["Ann Lee", "Ben Ode"]
    assert losses(parsed) == {"heading lines": 1, "time stamps": 2}


def test_markdown_front_matter_is_named_and_not_read():
    parsed = parse(b"---\nabstract: We talked. It was long.\n---\n\n**Ann:** Hi.\n\n**Ben:** Ho.")
    assert [turn.text for turn in parsed.turns] == ["Hi.", "Ho."]
    assert losses(parsed) == {"heading lines": 3}


def test_markdown_empty_turns_are_named():
    parsed = parse(b"**Ann:**\n\n**Ben:** Ho.")
    assert (rows(parsed), losses(parsed)) == ([("Ben", None, None, "Ho.")], {"empty turns": 1})


def test_json_with_text_and_no_segments_is_one_turn():
    assert rows(parse(b'{"text": "One two.", "segments": []}')) == [("", None, None, "One two.")]


def test_json_of_otter_in_milliseconds_is_told_by_the_rate_of_speech():
    said = "word " * 30
    parsed = parse(json.dumps({"transcripts": [{"transcript": said, "start_offset": 0, "end_offset": 12000}]}).encode())
    assert (parsed.turns[0].start_ms, parsed.turns[0].end_ms) == (0, 12000)


def test_docx_fallback_of_a_drawing_is_not_read_twice():
    markup = "http://schemas.openxmlformats.org/markup-compatibility/2006"
    choice = (
        f'<mc:AlternateContent xmlns:mc="{markup}"><mc:Choice>{paragraph("Ben: Ho.")}</mc:Choice>'
        f"<mc:Fallback>{paragraph('Ben: Ho.')}</mc:Fallback></mc:AlternateContent>"
    )
    parsed = parse(docx(paragraph("Ann: Hi."), choice, paragraph("Ann: Bye.")))
    assert [turn.text for turn in parsed.turns] == ["Hi.", "Ho.", "Bye."]


def test_roles_fall_back_on_talk_where_all_ask_alike():
    parsed = parse(b"Ann Lee: We begin now.\n\nBen Ode: It took us three months to move all of it.\n\nAnn Lee: I see.")
    assert [(guess.speaker, guess.role) for guess in parsed.speakers] == [
        ("Ann Lee", "interviewer"),
        ("Ben Ode", "expert"),
    ]
    assert parsed.speakers[1].reason == "talks most (67% of the words); all ask about equally often"


def test_srt_of_whisperx_has_its_speakers_in_brackets():
    parsed = parse(
        b"1\n00:00:01,000 --> 00:00:02,000\n[SPEAKER_00]: Who?\n\n2\n00:00:02,000 --> 00:00:03,000\n[SPEAKER_01]: Me.\n"
    )
    assert rows(parsed) == [("SPEAKER_00", 1000, 2000, "Who?"), ("SPEAKER_01", 2000, 3000, "Me.")]


def test_vtt_labels_may_be_account_names_companies_and_emoji():
    names = ["owen_p", "Dana W. | Acme", "🦊 Fox", "Kim Ito (she/her)", "+1 555 010 0199"]
    cues = [f"00:{n:02}.000 --> 00:{n:02}.900\n{name}: Word {n}.\n" for n, name in enumerate(names * 3)]
    parsed = parse(("WEBVTT\n\n" + "\n".join(cues)).encode())
    assert [turn.speaker for turn in parsed.turns] == names * 3
    assert [turn.text for turn in parsed.turns] == [f"Word {n}." for n in range(15)]


def test_txt_of_zoom_captions_has_names_in_brackets_and_times():
    parsed = parse(b"[Ann Lee] 10:02:03\nReady?\n\n[Ben Ode] 10:02:09\nYes.\n")
    assert rows(parsed) == [("Ann Lee", 36123000, None, "Ready?"), ("Ben Ode", 36129000, None, "Yes.")]


def test_txt_time_on_a_line_of_its_own_belongs_to_the_name_below_it():
    parsed = parse(b"00:00:00\n\nAnn Lee: Ready?\nBen Ode: Yes.\n\n00:05:00\n\nAnn Lee: So.\n\n00:10:00\n\nand so on.")
    assert rows(parsed) == [
        ("Ann Lee", 0, None, "Ready?"),
        ("Ben Ode", None, None, "Yes."),
        ("Ann Lee", 300000, None, "So.\n\nand so on."),
    ]
    assert losses(parsed) == {"time stamps": 2, "time stamps inside a turn": 1}


def test_markdown_block_with_the_time_in_its_name():
    parsed = parse(b"**[00:01] Ann Lee:** Ready?\n\n**Ben Ode (00:04):** Yes.")
    assert rows(parsed) == [("Ann Lee", 1000, None, "Ready?"), ("Ben Ode", 4000, None, "Yes.")]


def test_docx_with_names_on_paragraphs_of_their_own():
    talk = [(DANA, "Who was there?"), (OWEN, "All of us."), (DANA, "All?"), (OWEN, "All.")]
    parsed = parse(docx(*(paragraph(line) for turn in talk for line in turn)))
    assert rows(parsed) == [(name, None, None, said) for name, said in talk]
