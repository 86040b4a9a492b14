"""The sample holds all of the facts, comes in through the services, and comes in once."""

import re

import pytest
from django.core.management import call_command

from accounts import audit
from accounts.models import AuditChain, User
from accounts.moves import Invalid
from accounts.roles import Role
from research import sample
from research.models import Fund, FundPolicy, Invoice, Programme
from research.queries import register
from tests.factories import make_programme


@pytest.fixture
def programme(db) -> Programme:
    return sample.load(demo=True)


def table(text: str, heading: str) -> list[list[str]]:
    """The rows of the Markdown table under a heading."""
    part = text.split(f"## {heading}", 1)[1].split("\n## ", 1)[0]
    rows = [line for line in part.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows[2:]]


def test_sample_counts_equal_the_facts(programme, shared):
    text = (shared / "programme" / "facts.md").read_text(encoding="utf-8")
    differ = text.split("must say so and not pick one:")[1].split("\n\n")[0]
    counts = {
        "questions": len(table(text, "Key intelligence questions")),
        "incidents": len(table(text, "Public incidents")),
        "claims": len(table(text, "Public claims")),
        "disagreements": len(re.sub(r"\(.*?\)", "", differ, flags=re.S).split(";")),
    }
    assert counts == {"questions": 5, "incidents": 6, "claims": 20, "disagreements": 4}
    assert {name: getattr(programme, name).count() for name in counts} == counts


def test_sample_claims_and_incidents_name_the_sources_that_the_facts_name(programme, shared):
    text = (shared / "programme" / "facts.md").read_text(encoding="utf-8")

    def named(cell: str) -> str:
        return "".join(sorted(set(re.findall(r"\b[AB]\b", cell.split("(B's")[0]))))

    def saying(entries) -> list[str]:
        return ["".join(sorted({a.source.code for line in e.lines for a in line.said})) for e in entries]

    entries = register(programme)
    assert saying(entries.claims) == [named(row[3]) for row in table(text, "Public claims")]
    assert sorted(saying(entries.incidents)) == sorted(named(row[6]) for row in table(text, "Public incidents"))


def test_sample_holds_every_figure_of_the_facts(programme, shared):
    """Each number in the tables of incidents and claims stands somewhere in the register."""
    text = (shared / "programme" / "facts.md").read_text(encoding="utf-8")
    entries = register(programme)
    held = " ".join(
        f"{entry.thing} {getattr(entry.thing, 'when', '')} "
        + " ".join(a.statement.text for line in entry.lines for a in line.said)
        for entry in [*entries.incidents, *entries.claims, *entries.disagreements]
    )
    held_numbers = set(re.findall(r"\d[\d.,]*\d|\d", held))
    rows = [cell for heading in ("Public incidents", "Public claims") for row in table(text, heading) for cell in row]
    wanted = set(re.findall(r"\d[\d.,]*\d|\d", " ".join(rows)))
    # The facts' "Q4" is written out as "the fourth quarter".
    assert wanted - held_numbers == {"4"}


def test_sample_questions_are_complete_and_locked_in_the_field(programme):
    assert (programme.state, programme.synthetic, programme.slug) == ("fielding", True, "cedar")
    assert (str(programme.launch_on), str(programme.delivery_on)) == ("2026-03-17", "2026-03-31")
    assert programme.questions_locked_at is not None
    for question in programme.questions.all():
        assert all([question.definition, question.bear_signpost, question.bull_signpost, question.respondents])
        assert len(question.terms) >= 10
        assert question.segments.exists()
    assert [q.code for q in programme.questions.all()] == ["Q1", "Q2", "Q3", "Q4", "Q5"]
    assert {s.code: s.quota for s in programme.segments.all()} == {"customers": 35, "managers": 20, "competitors": 15}


def test_sample_marks_the_two_cells_on_which_the_sources_differ(programme):
    marked = {
        (entry.thing.when, line.aspect)
        for entry in register(programme).incidents
        for line in entry.lines
        if line.mark == "differ"
    }
    assert marked == {("5 March 2026", "lasted"), ("December 2025", "attribution")}


def test_sample_team_can_clear_without_the_interviewer_and_funds_have_their_people(programme):
    team = {a.user.name: a.user.role for a in programme.assignments.select_related("user")}
    assert sorted(team.values()) == ["analyst"] * 3 + ["compliance"] * 3
    assert {"Mara Ellison", "Tom Okafor", "Ruth Feldman"} <= set(team)
    assert User.objects.filter(role=Role.ADMIN).count() == 1
    assert [s.state for s in programme.seats.order_by("number")] == ["active", "active", "held", "free", "free"]
    for fund in Fund.objects.all():
        roles = {m.user.role for m in fund.members.select_related("user")}
        assert roles == {Role.FUND_READER, Role.FUND_LEAD, Role.FUND_COMPLIANCE}
        assert FundPolicy.objects.filter(fund=fund).count() == 1


def test_second_load_changes_nothing_and_adds_no_event(programme):
    chains = list(AuditChain.objects.order_by("name").values("name", "length", "head"))
    assert sample.load(demo=True).pk == programme.pk
    assert list(AuditChain.objects.order_by("name").values("name", "length", "head")) == chains
    assert Programme.objects.count() == 1
    assert [v for v in audit.verify_all() if v.bad is not None] == []


def test_without_demo_nobody_can_sign_in_until_demo_opens_the_doors(db):
    sample.load(demo=False)
    assert not any(user.has_usable_password() for user in User.objects.all())
    sample.load(demo=True)
    assert all(user.check_password(sample.PASSWORD) for user in User.objects.all())


def test_sign_ins_are_one_a_role_and_each_opens(programme, client):
    doors = sample.sign_ins()
    assert [door.role for door in doors] == [role.label for role in Role]
    for door in doors:
        user = User.objects.get(email=door.email)
        assert user.get_role_display() == door.role
        assert user.check_password(door.password)


def test_sample_never_takes_the_place_of_a_real_programme(db):
    make_programme("cedar")
    with pytest.raises(Invalid, match="A real programme is called “cedar”"):
        sample.load(demo=True)


def test_command_prints_what_it_loaded_and_the_sign_ins(db, capsys):
    call_command("load_sample", "--demo")
    out = capsys.readouterr().out
    assert "5 key questions, 3 segments, 6 incidents, 20 claims, 4 disagreements, 5 seats." in out
    assert [line.split()[-4] for line in out.splitlines()[1:]] == [door.email for door in sample.sign_ins()]


def test_sample_funds_on_active_seats_have_their_invoices_and_one_has_paid(programme):
    found = {row.participation.fund.name: row for row in Invoice.objects.select_related("participation__fund")}
    told = {name: (str(row.amount), row.state) for name, row in found.items()}
    assert told == {
        "Tarnwick Capital": ("96000.00", "paid"),
        "Ellerbeck Partners": ("48000.00", "issued"),
    }
