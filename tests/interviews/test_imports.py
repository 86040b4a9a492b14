from datetime import date

import pytest
from django.db import DatabaseError

from accounts.models import AuditEvent
from accounts.moves import IllegalMove, Invalid
from accounts.permissions import Refused
from interviews.models import Candidate, Company, Expert, ExpertImport, IdentityKey, SealedIdentity, Spell
from interviews.services import blocklist, candidates, descriptors, imports
from interviews.services.experts import Employment, Identity
from tests.factories import make_programme
from tests.interviews.people import csv_of_people

HEAD = "Name,E-mail,Segment,Company,Class of company,Level,From,Until\n"
DANA = "Dana Whitlock,dana@example.com,customers,Ballycarrow,insurer,Director,2015-04,2025-02\n"
PRIYA = "Priya Raman,priya@example.com,managers,Larkmoor,bank,Vice President,2016-04,present\n"
TABLES = (Expert, Candidate, Spell, Company, SealedIdentity, IdentityKey)


def upload(cast, *rows, by=None, programme=None, head=HEAD):
    data = (head + "".join(rows)).encode()
    return imports.read(programme=programme or cast.programme, filename="e.csv", data=data, by=by or cast.ana)


def counts():
    return [table.objects.count() for table in TABLES]


def test_file_is_taken_over_whole(cast):
    row = upload(cast, DANA, PRIYA)
    assert counts() == [0] * 6
    done = imports.take(row=row, decisions={}, by=cast.ana)
    assert [one.known for one in done] == [False, False]
    assert counts() == [2, 2, 2, 2, 2, 2]
    taken = ExpertImport.objects.get()
    assert (taken.state, taken.rows, taken.ciphertext) == ("taken", 2, None)
    assert {c.segment.code for c in Candidate.objects.all()} == {"customers", "managers"}


def test_file_names_nobody_until_it_is_opened_by_who_uploaded_it(cast):
    row = upload(cast, DANA, PRIYA.replace("present", "soon"))
    row.refresh_from_db()
    assert b"Whitlock" not in bytes(row.ciphertext)
    assert row.faults == [
        "Row 3, column “Until”: this date can't be read. Write the year and the month like 2019-04,"
        " or the day like 2019-04-30."
    ]
    assert [one.name for one in imports.rows_of(row, cast.ana)] == ["Dana Whitlock"]
    for attempt in (
        lambda: imports.rows_of(row, cast.ben),
        lambda: imports.take(row=row, decisions={}, by=cast.ben),
        lambda: imports.drop(row=row, by=cast.ben),
    ):
        with pytest.raises(Refused, match="Only the person who uploaded"):
            attempt()
    assert not [event for event in AuditEvent.objects.all() if "hitlock" in str(event.body)]


def test_file_with_a_fault_is_not_taken_over_at_all(cast):
    row = upload(cast, DANA, PRIYA.replace("present", "soon"))
    with pytest.raises(IllegalMove, match="One row needs to be mended"):
        imports.take(row=row, decisions={}, by=cast.ana)
    assert counts() == [0] * 6


def test_trouble_in_the_middle_leaves_nothing_half_done(cast, monkeypatch):
    def trouble(programme):
        raise DatabaseError("the disk is full")

    row = upload(cast, DANA, PRIYA)
    monkeypatch.setattr(candidates, "redescribe", trouble)
    with pytest.raises(DatabaseError):
        imports.take(row=row, decisions={}, by=cast.ana)
    monkeypatch.setattr(candidates, "redescribe", descriptors.redescribe)
    row.refresh_from_db()
    assert (counts(), row.state) == ([0] * 6, "read")
    imports.take(row=row, decisions={}, by=cast.ana)
    assert counts()[0] == 2


def test_same_file_is_recognised(cast):
    first = upload(cast, DANA)
    second = upload(cast, DANA)
    first.refresh_from_db()
    assert (first.state, first.ciphertext) == ("dropped", None)
    imports.take(row=second, decisions={}, by=cast.ana)
    with pytest.raises(IllegalMove, match="taken over already"):
        imports.take(row=second, decisions={}, by=cast.ana)
    with pytest.raises(Invalid, match="This very file was taken over"):
        upload(cast, DANA)


def test_people_on_file_are_told_and_not_made_anew(cast):
    harrier = make_programme("harrier")
    harrier.assignments.create(user=cast.ana)
    imports.take(row=upload(cast, DANA), decisions={}, by=cast.ana)
    row = upload(cast, DANA, PRIYA, programme=harrier)
    assert [one.note for one in imports.look(row, cast.ana)] == ["On file: no second record is made.", ""]
    done = imports.take(row=row, decisions={}, by=cast.ana)
    assert ([one.known for one in done], Expert.objects.count()) == ([True, False], 2)
    again = upload(cast, DANA, PRIYA)
    assert [one.note for one in imports.look(again, cast.ana)] == [
        "In this programme already: nothing is added.",
        "On file: no second record is made.",
    ]


def test_likely_duplicates_wait_for_a_person(cast):
    imports.take(row=upload(cast, DANA), decisions={}, by=cast.ana)
    expert = Expert.objects.get()
    row = upload(cast, DANA.replace("dana@example.com", "dw@example.com"))
    assert [one.likely for one in imports.look(row, cast.ana)] == [(expert,)]
    with pytest.raises(Invalid, match="^Row 2: say whether this is the person on file or another one"):
        imports.take(row=row, decisions={}, by=cast.ana)
    with pytest.raises(Invalid, match="^Row 2: say whether"):
        imports.take(row=row, decisions={2: "00000000-0000-4000-8000-000000000000"}, by=cast.ana)
    assert imports.take(row=row, decisions={2: str(expert.pk)}, by=cast.ana)[0].already
    other = upload(cast, DANA.replace("dana@example.com", "third@example.com"))
    assert not imports.take(row=other, decisions={2: "new"}, by=cast.ana)[0].known
    assert Expert.objects.count() == 2


def test_blocked_person_stops_the_file_and_is_told_by_the_row(cast):
    blocklist.block(identity=Identity("", email="priya@example.com"), reason="A reason.", by=cast.cora)
    row = upload(cast, DANA, PRIYA)
    assert [one.fault for one in imports.look(row, cast.ana)] == [
        "",
        "Row 3: Compliance has blocked this person: nobody may contact or book them. Remove the row.",
    ]
    with pytest.raises(Invalid, match="^Row 3: Compliance has blocked this person"):
        imports.take(row=row, decisions={}, by=cast.ana)
    assert counts() == [0] * 6


def test_person_blocked_after_the_reading_is_not_taken_over(cast):
    row = upload(cast, DANA)
    blocklist.block(identity=Identity("", email="dana@example.com"), reason="A reason.", by=cast.cora)
    with pytest.raises(Invalid, match="Compliance has blocked"):
        imports.take(row=row, decisions={}, by=cast.ana)


def test_file_thrown_away_leaves_no_row(cast):
    row = imports.drop(row=upload(cast, DANA), by=cast.ana)
    assert (row.state, row.ciphertext, counts()) == ("dropped", None, [0] * 6)
    with pytest.raises(IllegalMove):
        imports.take(row=row, decisions={}, by=cast.ana)


@pytest.mark.parametrize("who", ["cora", "ada", "rita", "stranger"])
def test_file_is_read_for_analysts_of_the_team_only(cast, who):
    with pytest.raises(Refused):
        upload(cast, DANA, by=getattr(cast, who))


def test_preview_asks_as_often_for_many_rows_as_for_few(cast, django_assert_max_num_queries):
    candidates.recruit(
        programme=cast.programme,
        segment=cast.programme.segments.first(),
        by=cast.ana,
        identity=Identity("Dana Whitlock"),
        posts=[Employment("Northgate 1", "bank", "Director", date(2015, 3, 1))],
    )
    few, many = (
        imports.read(programme=cast.programme, filename="f.csv", data=csv_of_people(rows), by=cast.ana)
        for rows in (3, 200)
    )
    for row in (few, many):
        with django_assert_max_num_queries(12):
            assert len(imports.look(row, cast.ana)) == row.rows
