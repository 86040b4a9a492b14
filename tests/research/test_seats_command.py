"""`manage.py seats`: the same services as the pages, in the name of an admin."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from accounts.models import AuditEvent, Message
from accounts.moves import now
from research.models import Fund, Participation, Seat
from tests.factories import sign_on_paper
from tests.research.conftest import events

ADA = ["--as", "ada@example.com"]


def run(capsys, *args: str) -> list[str]:
    call_command("seats", *args)
    return capsys.readouterr().out.splitlines()


def test_list_shows_seats_clocks_and_who_waits_in_order(cast, capsys):
    until = (now() + timedelta(days=2, hours=4, minutes=1)).isoformat()
    Participation.objects.create(programme=cast.programme, fund=Fund.objects.create(name="Kite"))
    run(capsys, "hold", "kestrel", "outsider.example", "--until", until, *ADA)
    lines = run(capsys, "list", "kestrel", *ADA)
    assert [line.split(", until")[0] for line in lines] == [
        "seat 1: active, Heron",
        "seat 2: active, Ibis",
        "seat 3: held, Outsider, 2 d 4 h left",
        "seat 4: free",
        "seat 5: free",
        "invited: Kite",
    ]


def test_one_fund_goes_through_every_act(cast, capsys):
    def third(*args: str) -> str:
        return run(capsys, *args, *ADA)[2].split(", until")[0]

    assert third("hold", "kestrel", "Outsider") == "seat 3: held, Outsider, 2 d 23 h left"
    far = f"{now() + timedelta(days=20):%Y-%m-%d}"
    assert third("extend", "kestrel", "Outsider", "--until", far).startswith("seat 3: held, Outsider, 20 d")
    sign_on_paper(cast.programme, cast.outsider)
    assert third("activate", "kestrel", "Outsider") == "seat 3: active, Outsider"
    assert third("free", "kestrel", "Outsider") == "seat 3: free"
    assert third("take", "kestrel", "Outsider") == "seat 3: active, Outsider"
    assert len(run(capsys, "cap", "kestrel", "3", *ADA)) == 3
    Fund.objects.create(name="Kite")
    assert run(capsys, "wait", "kestrel", "kite", *ADA)[-1] == "on the wait-list: Kite"
    actors = AuditEvent.objects.filter(chain=cast.programme.chain).values_list("actor", flat=True)
    assert set(actors) == {cast.ada.pk}


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (["cap", "kestrel", "1", *ADA], r"Seats 1 \(active\), 2 \(active\) are in use, so there can't be only 1."),
        (["cap", "kestrel", "6", *ADA], "The number of seats must be a whole number from 1 to 5, not 6."),
        (["take", "kestrel", "Outsider", *ADA], "The fund has not signed the terms in force."),
        (["hold", "kestrel", "Nobody", *ADA], "There is no fund called Nobody."),
        (["free", "kestrel", "Outsider", *ADA], "Outsider has no seat in this programme."),
        (["hold", "kestrel", "Outsider", "--until", "soon", *ADA], "“soon” must be a day such as 2026-03-31"),
        (["hold", "osprey", "Outsider", *ADA], "There is no programme osprey, or it is not open to Ada."),
        (["list", "kestrel", "--as", "no@example.com"], "Nobody here has the address no@example.com."),
        (["import", "kestrel", "/nowhere.csv", *ADA], "/nowhere.csv can't be read: No such file or directory."),
    ],
)
def test_refusal_is_the_sentence_of_the_service_and_an_exit_code(cast, args, sentence):
    with pytest.raises(CommandError, match=sentence) as refusal:
        call_command("seats", *args)
    assert refusal.value.returncode == 1
    assert events(cast.programme.chain) == []


@pytest.mark.parametrize("act", ["list", "cap", "hold", "take", "wait", "activate", "free", "extend", "import"])
def test_every_act_is_for_who_manages_seats(cast, tmp_path, act):
    path = tmp_path / "seats.csv"
    path.write_text("fund,action\nOutsider,hold\n")
    more = {"cap": ["2"], "import": [str(path)], "list": []}.get(act, ["Outsider"])
    for user in cast.everyone():
        if user != cast.ada:
            with pytest.raises(CommandError, match="Only an admin may|is not open to|"):
                call_command("seats", act, "kestrel", *more, "--as", user.email)
    assert events(cast.programme.chain) == []


# A file -------------------------------------------------------------------------------------------------------------


def file(tmp_path, text: str | bytes) -> list[str]:
    path = tmp_path / "seats.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return ["import", "kestrel", str(path), *ADA]


def test_file_does_every_line_in_order_and_adds_funds_that_have_a_domain(cast, capsys, tmp_path):
    sign_on_paper(cast.programme, cast.outsider)
    far = f"{now() + timedelta(days=9):%Y-%m-%d}"
    text = f"\ufeffFund,Domain,Action,Until\r\nOutsider,,hold,{far}\r\nOutsider,,activate,\r\n\r\nKite,kite.example,hold,\r\n"
    assert run(capsys, *file(tmp_path, text)) == [
        "line 2: hold Outsider",
        "line 3: activate Outsider",
        "line 5: hold Kite",
    ]
    found = cast.programme.seats.filter(number__gte=3, fund__isnull=False).order_by("number")
    assert [(seat.fund.name, seat.fund.domain, seat.state) for seat in found] == [
        ("Outsider", "outsider.example", "active"),
        ("Kite", "kite.example", "held"),
    ]


def test_file_with_bad_lines_names_each_and_does_nothing(cast, tmp_path):
    far = f"{now() + timedelta(days=9):%Y-%m-%d}"
    text = (
        "fund,domain,action,until\n"
        "Outsider,,hold,\n"
        "Kite,,hold,\n"
        "Lark,lark.example,hold,\n"
        "Heron,,hold,\n"
        "Outsider,,take,\n"
        f"Outsider,,free,{far}\n"
        "Outsider,,sell,\n"
        ",,hold,\n"
        "Outsider,,extend,yesterday\n"
    )
    with pytest.raises(CommandError) as refusal:
        call_command("seats", *file(tmp_path, text))
    assert str(refusal.value).splitlines() == [
        "Nothing was done.",
        "line 3: There is no fund called Kite.",
        "line 5: This fund already has a seat in this programme.",
        "line 6: The fund has not signed the terms in force. It signs first; then the seat can be made active.",
        "line 7: Only hold and extend take a moment until which they run.",
        "line 8: The action must be one of hold, take, wait, extend, activate, free, not “sell”.",
        "line 9: The fund has no name.",
        "line 10: “yesterday” must be a day such as 2026-03-31, or a moment with its zone.",
    ]
    assert Seat.objects.filter(state="held").count() == 0
    assert not Fund.objects.filter(name="Lark").exists()
    assert (events(cast.programme.chain), events("house"), Message.objects.count()) == ([], [], 0)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "The first line names the columns"),
        ("name,action\nOutsider,hold\n", "The first line names the columns"),
        ("fund,action,fund\nOutsider,hold,x\n", "The first line names the columns"),
        ("fund,action\n", "The file has 0 lines to do; it must have from 1 to 500."),
        ("fund,action\n" + "Outsider,hold\n" * 501, "The file has 501 lines to do"),
        ("fund,action\nOutsider,hold,more\n", "line 2 has more cells than the first line."),
        ("fund,action\n" + "x" * 200_000 + ",hold\n", "The file can't be read as CSV: field larger than"),
        (b"fund,action\n\xff\xfe,hold\n", "The file is not UTF-8 text. Save it as CSV in UTF-8."),
    ],
)
def test_file_that_is_no_such_table_is_refused_as_a_whole(cast, tmp_path, text, sentence):
    with pytest.raises(CommandError, match=sentence):
        call_command("seats", *file(tmp_path, text))
    assert events(cast.programme.chain) == []
