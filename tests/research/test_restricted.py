from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.moves import Invalid
from research.policy import Restriction, normal
from research.restricted import (
    MOST_BYTES,
    MOST_ROWS,
    Change,
    as_csv,
    decode,
    difference,
    from_json,
    kept,
    parse,
    to_json,
)

ACME = Restriction("Acme, Inc.", date(2026, 1, 1), date(2026, 6, 30))
BOLT = Restriction("Bolt plc")


@pytest.mark.parametrize(
    "text",
    [
        'company,from,to\n"Acme, Inc.",2026-01-01,2026-06-30\nBolt plc,,\n',
        '\ufeffCompany;From;To\r\n"Acme, Inc.";2026-01-01;2026-06-30\r\n"Bolt plc";;\r\n',
        'Company Name\tstart_date\tUntil\n"Acme, Inc."\t2026-01-01\t2026-06-30\n\nBolt plc\n',
        '"Acme, Inc.",2026-01-01,2026-06-30\nBolt plc',
        'note,to,company,from\nx,2026-06-30,"Acme, Inc.",2026-01-01\ny,,  Bolt   plc ,\n',
        'company;from;to;why\n"Acme, Inc.";2026-01-01;2026-06-30;deal\nBolt plc;;;\nBolt PLC;;;again\n',
    ],
)
def test_list_is_read_however_a_spreadsheet_wrote_it(text):
    assert parse(text) == (ACME, BOLT)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_file_is_read_in_the_encodings_of_spreadsheets(encoding):
    assert parse(decode("company\nSociété Générale\n".encode(encoding))) == (Restriction("Société Générale"),)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "company,from,to\nAcme,2026-13-01,\n",
            "Line 2, column from: “2026-13-01” is no date. Write it like 2026-03-31, or leave it empty."
            " A name that holds a comma stands in quotation marks.",
        ),
        (
            "company,from,to\nBolt,,31/03/2026\n",
            "Line 2, column to: “31/03/2026” is no date. Write it like 2026-03-31, or leave it empty.",
        ),
        (
            "Emittent;von;bis\nAcme;;\n",
            "Line 1, column from: “von” is no date. Write it like 2026-03-31, or leave it empty."
            " If this line is a heading, call its columns company, from and to.",
        ),
        (
            "company,from,to\nAcme,2026-02-01,2026-01-01\n",
            "Line 2, column to: 2026-01-01 is before 2026-02-01, when it begins. Check the two dates.",
        ),
        (
            "company,from,to\nBolt,,\n,2026-01-01,\n",
            "Line 3, column company: the name is missing. Write it, or take the line out.",
        ),
        (
            "company,from,to\nAcme, Inc.,2026-01-01,2026-02-01\n",
            "Line 2 has 4 columns where 3 are known. Put a name that holds a comma in quotation marks.",
        ),
        (
            'company,from,to\n"Acme,,\n',
            "Line 2 can't be read as CSV (unexpected end of data). Check its quotation marks; inside them each is doubled.",
        ),
        (
            f"company\n{'x' * 121}\n",
            "Line 2, column company: the name has 121 characters; the most is 120.",
        ),
        ("company\nAc\x00me\n", None),
    ],
)
def test_list_that_can_t_be_read_is_refused_with_line_and_column(text, sentence):
    with pytest.raises(Invalid) as wrong:
        parse(text)
    assert sentence is None or str(wrong.value) == sentence


def test_list_has_limits_of_rows_and_bytes():
    assert len(parse("\n".join(f"Company {n}" for n in range(MOST_ROWS)))) == MOST_ROWS
    with pytest.raises(Invalid, match="more than 5,000 entries"):
        parse("\n".join(f"Company {n}" for n in range(MOST_ROWS + 1)))
    with pytest.raises(Invalid, match="the most is 1,000,000"):
        decode(b"x" * (MOST_BYTES + 1))
    with pytest.raises(Invalid, match="at most 5,000 entries"):
        from_json(["x"] * (MOST_ROWS + 1))


@pytest.mark.parametrize("odd", [{}, [3], [{"company": "A", "why": "x"}], [{"from": "2026-01-01"}], [{"company": 3}]])
def test_list_by_program_that_is_no_list_is_refused(odd):
    with pytest.raises(Invalid, match="restricted list|Line 1, column company"):
        from_json(odd)


def test_list_by_program_may_hold_names_alone():
    assert from_json(["Bolt plc", *to_json([ACME])]) == (BOLT, ACME)


def test_difference_names_what_is_added_removed_and_dated_anew():
    later = Restriction("ACME", date(2026, 1, 1), None)
    found = difference([ACME, BOLT, Restriction("Same")], [later, Restriction("New"), Restriction("SAME Ltd")])
    assert found.added == (Change("New", (), ((None, None),)),)
    assert found.removed == (Change("Bolt plc", ((None, None),), ()),)
    assert found.changed == (Change("ACME", ((date(2026, 1, 1), date(2026, 6, 30)),), ((date(2026, 1, 1), None),)),)
    assert found.same == 1


def test_downloaded_list_holds_no_formula_and_is_the_same_list_when_uploaded():
    odd = [Restriction('=HYPERLINK("http://x")'), ACME, Restriction("@cme; plc"), Restriction("-1+1")]
    content = as_csv(odd)
    assert b"\n'=HYPERLINK" not in content and b"\"'=HYPERLINK" in content
    assert not difference(odd, parse(decode(content)))


names = st.text(st.characters(blacklist_categories=["C", "Z"]), min_size=1, max_size=20)
dates = st.none() | st.dates(date(2020, 1, 1), date(2030, 1, 1))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(names, dates), max_size=20))
def test_any_list_survives_its_own_download(rows):
    entries = from_json([{"company": name, "from": str(day) if day else None} for name, day in rows])
    assert not difference(entries, parse(decode(as_csv(entries))))
    assert from_json(to_json(entries)) == kept(to_json(entries)) == entries


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_a_list_or_a_sentence(text):
    try:
        assert all(row.company and normal(row.company) for row in parse(text))
    except Invalid as wrong:
        assert str(wrong).endswith((".", "“")) or "most is" in str(wrong)
