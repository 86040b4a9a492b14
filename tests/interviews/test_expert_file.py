import io
import zipfile
from datetime import date, datetime

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts import sheet
from interviews import tables
from interviews.expert_file import PersonRow, PostRow, headings, read, template
from interviews.tables import BadFile

SEGMENTS = {"customers": "Customers", "managers": "Engineering managers"}
HEAD = "Name,E-mail,Segment,Company,Class of company,Level,From,Until"
ROW = "Dana Whitlock,dana@example.com,customers,Ballycarrow,insurer,Director,2015-04,2025-02"
DANA = PersonRow(
    number=2,
    name="Dana Whitlock",
    segment="customers",
    email="dana@example.com",
    posts=(PostRow("Ballycarrow", "insurer", "Director", date(2015, 4, 1), date(2025, 2, 28)),),
)


def csv_of(*rows, head=HEAD):
    return "\n".join([head, *rows]).encode()


def xlsx_of(*rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def sentences(data):
    return [fault.sentence for fault in read(data, SEGMENTS).faults]


@pytest.mark.parametrize(
    "data",
    [
        csv_of(ROW),
        b"\xef\xbb\xbf" + csv_of(ROW).replace(b"\n", b"\r\n"),
        csv_of(ROW).replace(b",", b";"),
        csv_of(ROW).replace(b",", b"\t"),
        csv_of(ROW).decode().encode("utf-16"),
        csv_of(*[ROW.replace("Dana Whitlock", '"Dana Whitlock"')]),
        csv_of(ROW, head="full name,EMAIL address,Group,employer,Company class,Seniority,start date,END_DATE"),
        csv_of(ROW.replace("customers", "CUSTOMERS").replace("insurer", "Insurer").replace("2015-04", "April 2015")),
        csv_of(ROW.replace("2015-04", "04/2015").replace("2025-02", "28 Feb 2025")),
        xlsx_of(HEAD.split(","), [*ROW.split(",")[:6], datetime(2015, 4, 1), date(2025, 2, 28)]),
    ],
    ids=["plain", "bom", "semicolons", "tabs", "utf16", "quoted", "headings", "case", "dates", "xlsx"],
)
def test_file_of_any_make_gives_the_same_person(data):
    found = read(data, SEGMENTS)
    assert (found.people, found.faults, found.rows) == ([DANA], [], 1)


def test_quoted_cells_may_hold_separators_and_line_ends():
    found = read(
        csv_of(ROW.replace("Dana Whitlock", '"Whitlock, Dana\nJane"').replace("Ballycarrow", '"B, Inc"')), SEGMENTS
    )
    assert (found.people[0].name, found.people[0].posts[0].company) == ("Whitlock, Dana Jane", "B, Inc")


def test_template_of_the_site_reads_without_a_fault():
    found = read(sheet.csv_bytes(headings(), template(SEGMENTS)), SEGMENTS)
    assert (len(found.people), found.faults) == (1, [])
    assert found.people[0].phone == "+44 20 7946 0958"


def test_further_posts_stand_in_numbered_columns():
    head = HEAD + ",Company 2,Class of company 2,Level 2,From 2,Until 2"
    found = read(csv_of(ROW + ",Larkmoor,bank,Vice President,2025-04,present", head=head), SEGMENTS)
    assert found.people[0].posts[1] == PostRow("Larkmoor", "bank", "Vice President", date(2025, 4, 1), None, True)


def test_unknown_end_is_neither_current_nor_an_end():
    post = read(csv_of(ROW.replace(",2025-02", ",")), SEGMENTS).people[0].posts[0]
    assert (post.end, post.current) == (None, False)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("Dana Whitlock", "", "Row 2, column “Name”: the name is missing. Write first and last name."),
        ("customers", "others", "Row 2, column “Segment”: choose one of customers, managers."),
        ("@", "at", "Row 2, column “E-mail”: this is no e-mail address. Write it like name@example.com."),
        (
            "Ballycarrow",
            "",
            "Row 2, column “Company”: the company is missing. Fill it in, or empty the other cells of this post.",
        ),
        ("2015-04", "", "Row 2, column “From”: the first month is missing. Write it like 2019-04."),
        (
            "2015-04",
            "03/04/2015",
            "Row 2, column “From”: this date can't be read. Write the year and the month like 2019-04, or the day like 2019-04-30.",
        ),
        ("2025-02", "2014-02", "Row 2, column “Until”: the post ends before it starts. Check both dates."),
    ],
)
def test_fault_names_row_and_column_and_what_to_do(old, new, sentence):
    assert sentences(csv_of(ROW.replace(old, new))) == [sentence]


def test_fault_does_not_repeat_the_cell():
    told = sentences(csv_of(ROW.replace("Director", "Head of Project Kiro").replace("insurer", "Quillbrook")))
    assert [said.partition(":")[0] for said in told] == ["Row 2, column “Class of company”", "Row 2, column “Level”"]
    assert "Kiro" not in str(told) and "Quillbrook" not in str(told) and "Dana" not in str(told)


@pytest.mark.parametrize(
    ("again", "what"),
    [("DANA+x@example.com,", "e-mail address"), (",+1 (555) 0100123", "telephone number")],
)
def test_person_who_stands_twice_in_a_file_is_told_once(again, what):
    head = "Name,Segment,Email,Phone"
    rows = ["Dana,customers,dana@example.com,+15550100123", "X,customers,x@example.com,", f"D,customers,{again}"]
    assert sentences(csv_of(*rows, head=head)) == [f"Row 4: the same {what} as in row 2. Remove one of the two rows."]


def test_rows_are_numbered_as_a_spreadsheet_counts_them():
    assert [row.number for row in read(csv_of("", ROW, ",,,,,,,", ROW.replace("dana", "x")), SEGMENTS).people] == [3, 5]


def bomb():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as pack:
        pack.writestr("xl/worksheets/sheet1.xml", b"0" * 60_000_000)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"\n\n", "no rows"),
        (HEAD.encode(), "headings and no rows"),
        (csv_of(ROW, head=HEAD.replace("Name", "Nom")), "No column is headed “Name”"),
        (csv_of(ROW, head=HEAD.replace("Company", "Full name", 1)), "Columns A and D have headings that mean the same"),
        (csv_of('"Dana'), "never closed"),
        (b"PK\x03\x04 nothing", "damaged or packed in an unsafe way"),
        (bomb(), "damaged or packed in an unsafe way"),
        (csv_of(*["a,b"] * 5_001), "more than 5,000 rows"),
        (csv_of(",".join("x" * 61)), "more than 60 columns"),
        (b"x" * 5_000_001, "larger than 5 MB"),
        (b"a\0b\0\0c", "encoding"),
    ],
)
def test_file_that_is_no_table_is_refused_in_one_sentence(data, words):
    with pytest.raises(BadFile, match=words):
        read(data, SEGMENTS)


def test_workbook_that_lies_about_its_size_is_counted_as_it_is_read(monkeypatch):
    monkeypatch.setattr(tables, "MOST_ROWS", 3)
    with pytest.raises(BadFile, match="more than 3 rows"):
        read(xlsx_of(*[["Name", "Segment"]] * 6), SEGMENTS)


@given(st.binary(max_size=300), st.booleans())
def test_no_bytes_make_the_reader_fail_otherwise(data, packed):
    try:
        read((b"PK\x03\x04" if packed else b"") + data, SEGMENTS)
    except BadFile as bad:
        assert str(bad).endswith((".", "?"))


@given(
    st.lists(
        st.lists(
            st.text(st.characters(min_codepoint=1, exclude_categories=["Cs"]), max_size=12), min_size=1, max_size=9
        ),
        max_size=6,
    )
)
def test_every_row_is_a_person_or_told_of(rows):
    found = read(
        sheet.csv_bytes(HEAD.split(","), [dict(zip(HEAD.split(","), row, strict=False)) for row in [*rows, ["Z"]]]),
        SEGMENTS,
    )
    assert found.rows == len({p.number for p in found.people} | {f.row for f in found.faults})
