import json
import re
from xml.etree import ElementTree

import pytest

from synthesis.report.charts import burn_up, incident_time_line, quota_bars, stance_matrix, svg

SVG = "{http://www.w3.org/2000/svg}"


def all_charts(snapshot):
    return [
        stance_matrix(snapshot["matrix"], snapshot["questions"], snapshot["segments"]),
        incident_time_line(snapshot["incidents"]),
        quota_bars(snapshot["segments"]),
        burn_up(["2026-03-18"], target=10, start="2026-03-17", end="2026-03-20", today="2026-03-18"),
    ]


def words(picture):
    """All text of a picture, each run of spaces as one."""
    drawn = ElementTree.fromstring(picture).iter(f"{SVG}text")
    return " ".join(" ".join(part.strip() for part in text.itertext()) for text in drawn)


def test_svg_of_every_chart_is_a_named_image_without_scripts_styles_or_ids(snapshot):
    for chart in all_charts(snapshot):
        root = ElementTree.fromstring(svg(chart))
        assert (root.tag, root.get("role")) == (f"{SVG}svg", "img")
        assert [(child.tag, child.text) for child in list(root)[:2]] == [
            (f"{SVG}title", chart.title),
            (f"{SVG}desc", chart.description),
        ]
        used = {name for element in root.iter() for name in element.attrib}
        assert used.isdisjoint({"id", "style", "onclick", "href", "clip-path"})
        assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {"svg", "title", "desc", "g", "path", "text", "tspan", "line", "rect"}  # fmt: skip  # noqa: E501


def test_svg_for_a_page_names_custom_properties_and_for_paper_plain_colours(snapshot):
    for chart in all_charts(snapshot):
        page, paper = svg(chart), svg(chart, plain=True)
        assert "var(--ink, #1b1a17)" in page
        assert not re.search(r'(fill|stroke)="#', page)
        assert "var(" not in paper
        assert re.search(r'fill="#1b1a17"', paper)


def test_svg_again_gives_the_same_bytes(snapshot):
    for first, second in zip(all_charts(snapshot), all_charts(snapshot), strict=True):
        assert first == second
        assert svg(first) == svg(second)


def test_svg_of_hostile_titles_keeps_them_as_text(snapshot):
    snapshot["incidents"][0]["title"] = "<script>alert(1)</script> & \x00\x1b \ud800 {datum.x}"
    picture = svg(incident_time_line(snapshot["incidents"]))
    assert "<script" not in picture
    assert "<script>alert(1)</script> & \ufffd\ufffd \ufffd {datum.x}" in words(picture)


def test_specs_are_plain_data(snapshot):
    for chart in all_charts(snapshot):
        assert json.loads(json.dumps(chart.spec)) == chart.spec
        assert "url" not in json.dumps(chart.spec)
        assert {len(row) for row in chart.rows} == {len(chart.columns)}


def test_stance_matrix_draws_one_mark_a_person(snapshot):
    picture = svg(stance_matrix(snapshot["matrix"], snapshot["questions"], snapshot["segments"]))
    for stance in ("bear", "bull", "mixed", "neutral"):
        people = sum(row[stance] for row in snapshot["matrix"])
        in_legend = 1
        assert len(re.findall(rf'fill="var\(--stance-{stance}, #', picture)) == people + in_legend


def test_stance_matrix_table_and_labels_say_the_counts(snapshot):
    chart = stance_matrix(snapshot["matrix"], snapshot["questions"], snapshot["segments"])
    assert chart.columns == ("Question", "Segment", "People", "Bear", "Mixed", "Neutral", "Bull", "Silent")
    assert chart.rows[:4] == (
        ("Q1", "Everybody", 18, 6, 2, 0, 2, 8),
        ("Q1", "Enterprise customers", 6, 3, 1, 0, 2, 0),
        ("Q1", "Engineering managers", 6, 0, 0, 0, 0, 6),
        ("Q1", "Competing clouds", 6, 3, 1, 0, 0, 2),
    )
    drawn = words(svg(chart))
    assert drawn.count("of 18") == 5
    assert drawn.count("of 6") == 15
    assert "Q1 Enterprise customer confidence" in drawn


def test_stance_matrix_of_seventy_people_draws_runs_and_fits_the_page(snapshot):
    people = {"": 70, "customers": 35, "managers": 20, "competitors": 15}
    for row in snapshot["matrix"]:
        total = people[row["segment"]]
        row |= {"total": total, "bear": 9, "bull": 2, "mixed": 1, "neutral": 1, "silent": total - 13}
    picture = svg(stance_matrix(snapshot["matrix"], snapshot["questions"], snapshot["segments"]))
    assert len(re.findall(r'fill="var\(--stance-bear, #', picture)) == 20 + 1
    assert float(ElementTree.fromstring(picture).get("width")) < 900


def test_stance_matrix_without_a_single_count_still_draws(snapshot):
    chart = stance_matrix([], snapshot["questions"][:1], snapshot["segments"][:1])
    assert chart.rows == (
        ("Q1", "Everybody", 0, 0, 0, 0, 0, 0),
        ("Q1", "Enterprise customers", 0, 0, 0, 0, 0, 0),
    )
    assert "of 0" in words(svg(chart))


def test_incident_time_line_marks_what_is_disputed_and_what_is_unknown(snapshot):
    chart = incident_time_line(snapshot["incidents"])
    marks = chart.spec["data"]["values"]
    assert [mark["kind"] for mark in marks] == ["known", "disputed", "unknown", "unknown", "known", "unknown"]
    assert chart.rows[1] == (
        "December 2025",
        "Production environment of AWS Cost Explorer in China deleted and recreated",
        13,
        "disputed",
        "A, B",
    )
    assert chart.rows[2][2:] == ("unknown", "reported", "A")
    drawn = words(svg(chart))
    assert "13 h · disputed" in drawn
    assert "length unknown · reported" in drawn
    assert "Oct 2025" in drawn


def test_incident_time_line_without_dates_or_incidents_still_draws(snapshot):
    incident = snapshot["incidents"][0] | {"date_from": None, "date_to": None, "when": "some day"}
    assert "some day" in words(svg(incident_time_line([incident])))
    assert incident_time_line([]).rows == ()
    assert svg(incident_time_line([])).startswith("<svg")


def test_quota_bars_say_held_and_cleared_against_the_quota(snapshot):
    chart = quota_bars(snapshot["segments"])
    assert chart.rows == (
        ("Enterprise customers", 35, 8, 6),
        ("Engineering managers", 20, 7, 6),
        ("Competing clouds", 15, 6, 6),
    )
    assert "8 of 35 held · 6 cleared" in words(svg(chart))


def test_burn_up_plans_working_days_only_and_counts_what_was_held():
    # Thursday to Tuesday: four working days with a weekend between.
    held = ["2026-03-20", "2026-03-19", "2026-03-19", "2026-03-25"]
    chart = burn_up(held, target=8, start="2026-03-19", end="2026-03-24", today="2026-03-20")
    assert chart.rows == (
        ("2026-03-19", 2.0, 2),
        ("2026-03-20", 4.0, 3),
        ("2026-03-21", 4.0, ""),
        ("2026-03-22", 4.0, ""),
        ("2026-03-23", 6.0, ""),
        ("2026-03-24", 8.0, ""),
    )
    assert chart.description.startswith("3 of 8 interviews held by 2026-03-20; 2.5 a working day needed.")
    assert "3 held" in words(svg(chart))


@pytest.mark.parametrize(
    ("held", "today", "says"),
    [
        (["2026-03-19"] * 4, "2026-03-20", "4 of 4 interviews held by 2026-03-20; the plan is reached."),
        ([], "2026-05-01", "0 of 4 interviews held by 2026-03-24; 4 missing and no working day left."),
        ([], "2026-01-01", "0 of 4 interviews held by 2026-01-01; 1.0 a working day needed."),
    ],
)
def test_burn_up_at_the_edges_says_what_is_needed(held, today, says):
    chart = burn_up(held, target=4, start="2026-03-19", end="2026-03-24", today=today)
    assert chart.description.startswith(says)
    assert svg(chart).startswith("<svg")


def test_burn_up_that_ends_before_it_starts_is_refused():
    with pytest.raises(ValueError, match="ends before it starts"):
        burn_up([], target=4, start="2026-03-24", end="2026-03-19", today="2026-03-20")
