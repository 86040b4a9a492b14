"""Components, their arguments, their markup, and what holds for every template and both themes."""

import datetime as dt
import re
from html.parser import HTMLParser
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from django import forms
from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.template import Context, RequestContext, Template, TemplateSyntaxError
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.urls import path

from accounts import navigation
from accounts.models import User
from accounts.roles import Role
from accounts.templatetags import ui

ROOT = settings.BASE_DIR
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))


def empty_page(request, **key):
    return HttpResponse()


urlpatterns = [
    path("f/own/terms/", lambda request: None, name="fund_terms"),
    path("p/<slug:slug>/", empty_page, name="programme"),
    path("p/<slug:slug>/questions/", empty_page, name="questions"),
    path("p/<slug:slug>/transcripts/", empty_page, name="transcripts"),
    path("p/<slug:slug>/review/", empty_page, name="review"),
    path("p/<slug:slug>/report/", empty_page, name="report"),
    path("p/<slug:slug>/seats/", empty_page, name="seats"),
    path("p/<slug:slug>/audit/", empty_page, name="audit"),
    path("f/<str:public_id>/", empty_page, name="portal_programme"),
    path("f/<str:public_id>/report/", empty_page, name="portal_report"),
]


def draw(source: str, **values) -> str:
    return Template(source).render(Context(values)).strip()


# Arguments ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "source",
    [
        '{% pill "Booked" tome="good" %}',
        '{% stance "bear" compct=True %}',
        '{% button "Save" reasn="no" %}',
        "{% button %}",
        '{% stat "Held" %}',
        '{% panel headng="x" %}{% endpanel %}',
        "{% notice %}{% endnotic %}",
        "{% table %}{% endtable %}",
        '{% chart "Quota" svgg="x" %}{% endchart %}',
        '{% quote "a" "bear" "/x" "more" %}{% endquote %}',
        '{% dialog "one" %}{% enddialog %}',
    ],
)
def test_component_with_wrong_arguments_refuses_to_compile(source):
    with pytest.raises(TemplateSyntaxError):
        Template(source)


@pytest.mark.parametrize(
    "source",
    [
        '{% pill "Booked" "grand" %}',
        '{% stance "bearish" %}',
        '{% basis "third_hand" %}',
        '{% button "Save" "big" %}',
        '{% notice "shout" %}{% endnotice %}',
        '{% toast "Saved" "shout" %}',
        '{% quote stance="up" %}x{% endquote %}',
        '{% chart "Quota" svg="<b>no</b>" %}{% endchart %}',
        '{% crumbs "Interviews" "/i" %}',
    ],
)
def test_component_with_unknown_value_raises(source):
    with pytest.raises(ValueError):
        draw(source)


def test_design_page_names_every_component():
    told = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
    assert [name for name in ui.register.tags if f"`{name}`" not in told and f"{{% {name} " not in told] == []


# Markup -------------------------------------------------------------------------------------------------------------


def test_marks_are_a_shape_and_a_word():
    assert draw('{% stance "bear" %}') == '<span class="stance stance-bear">Bear</span>'
    assert draw('{% stance "bull" compact=True %}') == (
        '<span class="stance stance-bull" title="Bull"><span class="visually-hidden">Bull</span></span>'
    )
    assert draw('{% basis "first-hand" %}') == '<span class="basis basis-first_hand">First-hand</span>'
    assert draw('{% pill "Cleared" "good" %}') == '<span class="pill pill-good">Cleared</span>'
    assert draw('{% n_of 12 35 "people" %}') == '<span class="of"><b>12</b> <span>of 35 people</span></span>'
    assert draw('{% kbd "Shift" "A" %}') == "<kbd>Shift</kbd> <kbd>A</kbd>"


@pytest.mark.parametrize(
    "source",
    [
        "{% pill word %}",
        "{% panel word %}{{ word }}{% actions %}{{ word }}{% endpanel %}",
        "{% page_head word word word %}{% endpage_head %}",
        "{% empty_state word %}{% endempty_state %}",
        "{% table word %}{% endtable %}",
        "{% quote source=word %}{{ word }}{% endquote %}",
        "{% chart word alt=word note=word %}{% endchart %}",
        "{% button word reason=word describe=word %}",
        "{% fact word word %}",
        "{% stat word word word %}",
        "{% quota word 1 2 3 %}",
        "{% progress 1 2 word message=word %}",
        "{% toast word %}",
        "{% crumbs word %}",
    ],
)
def test_component_given_markup_escapes_it(source):
    drawn = draw(source, word="<script>x</script>")
    assert "<script>" not in drawn
    assert "&lt;script&gt;x&lt;/script&gt;" in drawn


def test_block_draws_content_and_actions_once_in_their_places():
    drawn = draw("{% panel 'Seats' %}<p>five</p>{% actions %}{% button 'Hold' %}{% endpanel %}")
    assert re.sub(r"\s*\n\s*", "", drawn) == (
        '<section class="panel"><div class="panel-head"><div><h2>Seats</h2></div><div class="actions">'
        '<button class="button button-secondary" type="submit">Hold</button></div></div>'
        '<div class="panel-body"><p>five</p></div></section>'
    )


def test_block_inside_block_keeps_its_own_actions():
    drawn = draw("{% panel 'A' %}{% panel 'B' %}b{% actions %}inner{% endpanel %}{% actions %}outer{% endpanel %}")
    assert re.findall(r"<h2>(\w)</h2></div><div class=\"actions\">(\w+)</div>", drawn) == [
        ("A", "outer"),
        ("B", "inner"),
    ]


def test_button_with_reason_is_disabled_and_says_why():
    assert draw('{% button "Approve" reason=reason %}', reason="Only an admin may.") == (
        '<span class="refused"><button type="button" class="button button-secondary" aria-disabled="true"'
        ' title="Only an admin may.">Approve<span class="visually-hidden">. Not available: Only an admin may.</span>'
        '</button><span class="reason" aria-hidden="true">Only an admin may.</span></span>'
    )


@pytest.mark.parametrize("reason", [None, ""])
def test_button_without_reason_is_alive(reason):
    assert draw('{% button "Approve" "primary" name="do" value="yes" reason=reason %}', reason=reason) == (
        '<button class="button button-primary" type="submit" name="do" value="yes">Approve</button>'
    )


def test_button_that_opens_a_dialog_is_a_link_to_it():
    assert draw('{% button "Upload" dialog="up" %}') == (
        '<a class="button button-secondary" href="#up" role="button" aria-haspopup="dialog" data-dialog-open="up">'
        "Upload</a>"
    )


@pytest.mark.parametrize(
    ("value", "zone", "text"),
    [
        (dt.date(2026, 3, 17), "", "17 Mar 2026"),
        (dt.datetime(2026, 3, 5, 20, 48, tzinfo=dt.UTC), "America/New_York", "5 Mar 2026, 15:48 EST · 20:48 UTC"),
        (dt.datetime(2026, 3, 5, 20, 48, tzinfo=dt.UTC), "UTC", "5 Mar 2026, 20:48 UTC"),
        (
            dt.datetime(2026, 3, 6, 8, 0, tzinfo=ZoneInfo("Asia/Tokyo")),
            "Asia/Tokyo",
            "6 Mar 2026, 08:00 JST · 5 Mar, 23:00 UTC",
        ),
        (None, "", "–"),
    ],
)
def test_when_shows_the_zone_and_utc(value, zone, text):
    assert re.sub(r"<[^>]+>", "", draw("{% when value zone=zone %}", value=value, zone=zone)) == text


def test_when_without_a_zone_raises():
    with pytest.raises(ValueError):
        draw("{% when value %}", value=dt.datetime(2026, 3, 5))


@pytest.mark.parametrize(
    ("done", "total", "poll", "asks"),
    [(3, 10, "/p", True), (0, 0, "/p", True), (10, 10, "/p", False), (3, 10, "", False)],
)
def test_progress_asks_again_only_while_work_is_left(done, total, poll, asks):
    drawn = draw("{% progress done total 'Tagging' poll=poll %}", done=done, total=total, poll=poll)
    assert ('hx-get="/p"' in drawn) is asks
    assert f'value="{done}"' in drawn


def test_quota_booked_past_its_ceiling_stays_inside_the_bar():
    drawn = draw("{% quota 'Customers' 30 10 35 %}")
    assert 'viewBox="0 0 40 1"' in drawn
    assert "0 open of 35" in drawn


def test_stance_bar_sets_stances_end_to_end():
    drawn = draw("{% stance_bar 'Q1' bear=4 bull=5 mixed=2 total=20 %}")
    assert re.findall(r'fill-(\w+)" x="(\d+)" width="(\d+)"', drawn) == [
        ("bear", "0", "4"),
        ("mixed", "4", "2"),
        ("bull", "6", "5"),
    ]
    assert 'viewBox="0 0 20 1"' in drawn
    assert "11 of 20 spoke to it" in drawn


def test_pagination_keeps_the_filters():
    request = RequestFactory().get("/", {"state": "held", "page": "2"})
    context = RequestContext(request, {"page": Paginator(range(75), 25).page(2)})
    drawn = Template('{% pagination page "interviews" %}').render(context)
    assert re.findall(r'href="([^"]+)"', drawn) == ["?state=held&amp;page=1"] * 2 + ["?state=held&amp;page=3"] * 2
    assert "26–50 of 75 interviews" in drawn


class Booking(forms.Form):
    title = forms.CharField(help_text="As the report shows it.")
    agreed = forms.BooleanField(required=False)


def test_field_ties_help_and_errors_to_the_widget():
    form = Booking({"title": ""})
    drawn = draw("{% field form.title %}", form=form)
    described = re.search(r'aria-describedby="([^"]+)"', drawn)
    assert described is not None
    assert [f'id="{one}"' in drawn for one in described[1].split()] == [True, True]
    assert 'aria-invalid="true"' in drawn
    assert '<label for="id_title">Title</label>' in drawn


def test_fields_draws_every_field_and_the_errors_of_the_form():
    form = Booking({"title": "x"})
    form.add_error(None, "The delivery is before the launch.")
    drawn = draw("{% fields form %}", form=form)
    assert drawn.count('class="field') == 2
    assert 'role="alert"><p>The delivery is before the launch.</p>' in drawn


# Ways about ---------------------------------------------------------------------------------------------------------


@pytest.mark.urls(__name__)
@pytest.mark.parametrize(
    ("role", "labels"),
    [
        (Role.ANALYST, ["Overview", "Questions", "Transcripts", "Review", "Report"]),
        (Role.COMPLIANCE, ["Overview", "Questions", "Transcripts", "Report", "Audit"]),
        (Role.ADMIN, ["Overview", "Questions", "Report", "Seats", "Audit"]),
        (Role.FUND_READER, []),
        (Role.FUND_COMPLIANCE, []),
    ],
)
def test_staff_navigation_shows_what_the_role_may_open(role, labels):
    assert [link.label for link in navigation.staff(User(role=role), "aws", "/p/aws/")] == labels


@pytest.mark.urls(__name__)
@pytest.mark.parametrize(
    ("at", "active", "current"),
    [
        ("/p/aws/", "", ["Overview"]),
        ("/p/aws/transcripts/12/", "", ["Transcripts"]),
        ("/p/aws/interviews/3/", "transcripts", ["Transcripts"]),
        ("/elsewhere/", "", []),
    ],
)
def test_navigation_marks_the_section_of_the_address(at, active, current):
    links = navigation.staff(User(role=Role.ANALYST), "aws", at, active)
    assert [link.label for link in links if link.current] == current


@pytest.mark.urls(__name__)
def test_portal_navigation_leads_to_nothing_of_the_firm():
    request = RequestFactory().get("/f/K7/report/")
    request.user = User(role=Role.FUND_READER)
    context = RequestContext(request, {"programme": SimpleNamespace(public_id="K7")})
    assert re.findall(
        r'<a href="([^"]+)"( aria-current="page")?', Template("{% portal_nav programme %}").render(context)
    ) == [
        ("/f/K7/", ""),
        ("/f/K7/report/", ' aria-current="page"'),
        ("/f/own/terms/", ""),
    ]


# Every template -----------------------------------------------------------------------------------------------------


class Forbidden(HTMLParser):
    """Collects what the content security policy would drop."""

    def __init__(self):
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag, attrs):
        names = {name for name, _ in attrs}
        # A block of data is not a script: no policy stops it and no browser runs it.
        inert = ("type", "application/json") in attrs
        self.found += [f"<{tag} {n}>" for n in names if n == "style" or n.startswith("on") or n.startswith("hx-on")]
        self.found += [f"<{tag}>"] if tag == "style" or (tag == "script" and "src" not in names and not inert) else []


def test_inline_style_or_script_is_found():
    reader = Forbidden()
    reader.feed(
        '<p style="x" onclick="y">a</p><script>z</script><div hx-on:click="q"></div>'
        '<script src="ok.js"></script><script type="application/json">{}</script>'
    )
    assert sorted(reader.found) == ["<div hx-on:click>", "<p onclick>", "<p style>", "<script>"]


def test_no_template_has_inline_style_or_script():
    found = {}
    for one in TEMPLATES:
        reader = Forbidden()
        reader.feed(re.sub(r"{%.*?%}", "", one.read_text(encoding="utf-8")))
        if reader.found:
            found[one.name] = reader.found
    assert found == {}


@pytest.mark.parametrize("name", ["404.html", "429.html", "500.html", "error.html"])
def test_page_of_trouble_is_the_same_for_every_reader(name):
    asked = RequestFactory().get("/one/")
    asked.user = User(name="Rita", role=Role.FUND_READER)
    other = RequestFactory().get("/two/?x=1")
    other.user = User(name="Ana", role=Role.ANALYST)
    values = {"status": 409, "sentence": "The questions are locked."}
    assert (
        render_to_string(name, values, asked) == render_to_string(name, values, other) == render_to_string(name, values)
    )


# Both themes --------------------------------------------------------------------------------------------------------

TOKEN = re.compile(r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)")
TOKENS = {name: (day, night) for name, day, night in TOKEN.findall((ROOT / "static/css/variables.css").read_text())}


def luminance(colour: str) -> float:
    """Relative luminance of WCAG 2.2, 0 to 1."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast ratio of WCAG 2.2, 1 to 21."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


GROUNDS = ("paper", "surface", "sunken")
WASHES = ("bear", "bull", "mixed", "neutral")
TEXT = [(ink, ground) for ink in ("ink", "ink-2", "ink-3", "accent", "accent-strong") for ground in GROUNDS]
TEXT += [
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
    ("accent", "accent-wash"),
    ("accent-strong", "accent-wash"),
]
TEXT += [("warn", "warn-wash"), ("bad", "bad-wash"), ("warn", "surface"), ("bad", "surface"), ("bad", "paper")]
TEXT += [("ink", f"stance-{stance}-wash") for stance in WASHES] + [
    ("ink-2", f"stance-{stance}-wash") for stance in WASHES
]
SHAPES = [(f"stance-{stance}", ground) for stance in WASHES for ground in GROUNDS]
SHAPES += [("line-strong", ground) for ground in ("paper", "surface")] + [("accent", ground) for ground in GROUNDS]


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("pairs", "least"), [(TEXT, 4.5), (SHAPES, 3.0)], ids=["text", "shapes"])
def test_colours_meet_their_contrast(pairs, least, theme):
    poor = {f"{a} on {b}": round(contrast(TOKENS[a][theme], TOKENS[b][theme]), 2) for a, b in pairs}
    assert {pair: ratio for pair, ratio in poor.items() if ratio < least} == {}


def test_contrast_of_black_on_white_is_21():
    assert round(contrast("#000000", "#ffffff"), 2) == 21
