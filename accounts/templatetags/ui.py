"""Components as tags with declared arguments, so that a typing mistake is an error and not a blank.

The module is a template builtin: no page needs to load it. `docs/design.md` shows each tag. What repeats hundreds of
times on a page (marks, pills, times) is formatted here; what has structure has its markup in `templates/components/`.
"""

import datetime as dt
import zoneinfo
from typing import Any

from django import template
from django.core.paginator import Page
from django.forms import BaseForm, BoundField, CheckboxInput
from django.utils import dateformat, timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from accounts import navigation
from accounts.blocks import blocks

register = template.Library()

TONES = ("plain", "idle", "active", "good", "warn", "bad")
NOTICE_TONES = ("info", "good", "warn", "bad")
BUTTONS = ("primary", "secondary", "quiet", "danger")
STANCES = {"bear": "Bear", "bull": "Bull", "mixed": "Mixed", "neutral": "Neutral"}
BASES = {"first_hand": "First-hand", "second_hand": "Second-hand", "opinion": "Opinion", "hypothetical": "Hypothetical"}


def one_of(value: str, known: Any, what: str) -> str:
    """The value itself, or ValueError that names the lawful ones: a wrong tone must not pass as no tone."""
    if value not in known:
        raise ValueError(f"{value!r} is not a {what}; it is one of {', '.join(known)}.")
    return value


# Blocks: {% panel … %}content{% actions %}buttons{% endpanel %} ----------------------------------------------------


block = blocks(register)


@block
def panel(heading: str = "", note: str = "", id: str = "", flush: bool = False, level: int = 2) -> dict:
    """A surface with a heading. `flush` takes the padding away, for a table that fills it."""
    return {"heading": heading, "note": note, "id": id, "flush": flush, "tag": f"h{level}"}


@block
def page_head(title: str, kicker: str = "", lead: str = "") -> dict:
    """The head of a page: the content (state pills) stands beside the title, the actions at the right."""
    return {"title": title, "kicker": kicker, "lead": lead}


@block
def empty_state(heading: str) -> dict:
    """Nothing here yet: the content says what to do next, the actions do it."""
    return {"heading": heading}


@block
def notice(tone: str = "info", heading: str = "") -> dict:
    """A sentence that stays on the page. Tones: info, good, warn, bad."""
    return {"tone": one_of(tone, NOTICE_TONES, "tone of a notice"), "heading": heading}


@block
def table(
    label: str,
    dense: bool = False,
    scroll: bool = False,
    grid: bool = False,
    caption: bool = False,
    stack: bool = False,
) -> dict:
    """A table in a labelled region that can be scrolled by keyboard; the content is thead, tbody and tfoot.

    The head stays in sight while the page scrolls; with `scroll` the table has a window of its own (wide matrices).
    With `stack` each row of a list is set out as a block on a narrow screen, where `data-label` names a bare figure.
    """
    return {"label": label, "dense": dense, "scroll": scroll, "grid": grid, "caption": caption, "stack": stack}


@block
def facts() -> dict:
    """A list of `{% fact %}`: names at the left, values at the right."""
    return {}


@block
def stats() -> dict:
    """A row of `{% stat %}`."""
    return {}


@block
def dialog(id: str, heading: str) -> dict:
    """A dialog that `{% button … dialog=id %}` opens. Put forms in it; without scripts it opens in place."""
    return {"id": id, "heading": heading}


@block
def tabs(label: str) -> dict:
    """A row of `{% tab %}` links. Each is a page of its own with its own address."""
    return {"label": label}


@block
def quote(source: str = "", stance: str = "", href: str = "") -> dict:
    """Words that a person said, with where they stand; the edge takes the stance's colour, the foot names it."""
    if stance:
        one_of(stance, STANCES, "stance")
    return {"source": source, "stance": stance, "href": href}


@block
def chart(heading: str, svg: str = "", src: str = "", alt: str = "", note: str = "", download: str = "") -> dict:
    """A chart with its table (the content) and its download.

    `svg` is markup that this program drew itself and is trusted; anything that is not an `<svg>` is refused. `src` is
    the address of a picture instead. `alt` says what the chart shows, in a sentence.
    """
    if svg and not svg.lstrip().startswith("<svg"):
        raise ValueError("A chart takes <svg> markup.")
    drawing = {"svg": mark_safe(svg), "described": 'role="img"' in svg, "src": src, "alt": alt}  # noqa: S308
    return {"heading": heading, "note": note, "download": download} | drawing


# Marks --------------------------------------------------------------------------------------------------------------


@register.simple_tag
def pill(label: Any, tone: str = "plain", title: str = "") -> SafeString:
    """A state in a word. Tones, each with its own shape: plain, idle, active, good, warn, bad."""
    one_of(tone, TONES, "tone")
    hint = format_html(' title="{}"', title) if title else ""
    return format_html('<span class="pill pill-{}"{}>{}</span>', tone, hint, label)


@register.simple_tag
def stance(value: str, compact: bool = False) -> SafeString:
    """Which way a passage points: shape, colour and word; `compact` leaves the word to tooltip and screen reader."""
    word = STANCES[one_of(value, STANCES, "stance")]
    if compact:
        return format_html(
            '<span class="stance stance-{}" title="{}"><span class="visually-hidden">{}</span></span>',
            value,
            word,
            word,
        )
    return format_html('<span class="stance stance-{}">{}</span>', value, word)


@register.simple_tag
def basis(value: str) -> SafeString:
    """How the speaker knows: first_hand, second_hand, opinion, hypothetical; the line round the word differs too."""
    key = value.replace("-", "_")
    return format_html('<span class="basis basis-{}">{}</span>', key, BASES[one_of(key, BASES, "basis")])


@register.simple_tag
def n_of(n: int, total: int, noun: str = "") -> SafeString:
    """`12 of 35 people`."""
    return format_html('<span class="of"><b>{}</b> <span>of {}{}</span></span>', n, total, f" {noun}" if noun else "")


@register.simple_tag
def kbd(*keys: str) -> SafeString:
    """Keys to press: `{% kbd "Shift" "A" %}`."""
    return format_html_join(" ", "<kbd>{}</kbd>", ((key,) for key in keys))


@register.simple_tag
def when(value: dt.datetime | dt.date | None, zone: str = "", utc: bool = True, blank: str = "–") -> SafeString | str:
    """A day, or an instant in a named zone (else the site's) followed by the same instant in UTC.

    `value` is a date or an aware datetime; a naive datetime is refused, because its reader could not know when that is.
    """
    if value is None:
        return blank
    if not isinstance(value, dt.datetime):
        return format_html(
            '<time datetime="{}" class="nowrap">{}</time>', value.isoformat(), dateformat.format(value, "j M Y")
        )
    if timezone.is_naive(value):
        raise ValueError("A time needs a zone.")
    there = value.astimezone(zoneinfo.ZoneInfo(zone) if zone else timezone.get_current_timezone())
    world = value.astimezone(dt.UTC)
    stamp = world.strftime("%Y-%m-%dT%H:%M:%SZ")
    text = f"{dateformat.format(there, 'j M Y, H:i')} {there.tzname()}"
    if not utc or there.tzname() == "UTC":
        return format_html('<time datetime="{}" class="nowrap">{}</time>', stamp, text)
    other = (
        world.strftime("%H:%M UTC") if world.date() == there.date() else dateformat.format(world, "j M, H:i") + " UTC"
    )
    return format_html(
        '<time datetime="{}"><span class="nowrap">{}</span> <span class="utc">· {}</span></time>', stamp, text, other
    )


@register.inclusion_tag("components/fact.html")
def fact(label: str, value: Any, href: str = "", blank: str = "–") -> dict:
    """One name and value within `{% facts %}`; what another tag made can be the value (`{% pill … as state %}`)."""
    return {"label": label, "value": blank if value in (None, "") else value, "href": href}


@register.inclusion_tag("components/stat.html")
def stat(label: str, value: Any, note: str = "", href: str = "") -> dict:
    """One figure within `{% stats %}`."""
    return {"label": label, "value": value, "note": note, "href": href}


# Things to press ----------------------------------------------------------------------------------------------------


@register.inclusion_tag("components/button.html")
def button(
    label: str,
    kind: str = "secondary",
    *,
    type: str = "submit",
    href: str = "",
    dialog: str = "",
    reason: str | None = None,
    quiet_reason: bool = False,
    name: str = "",
    value: str = "",
    form: str = "",
    formaction: str = "",
    id: str = "",
    key: str = "",
    describe: str = "",
    hx_post: str = "",
    hx_get: str = "",
    hx_target: str = "",
    hx_swap: str = "",
    hx_confirm: str = "",
) -> dict:
    """A button, a link that looks like one (`href`), or the opener of a dialog (`dialog`).

    With a `reason` it is disabled and says why: beside it, or with `quiet_reason` only in the tooltip and to screen
    readers. Pass a refusal straight in: None or "" leaves the button alive. `key` shows a shortcut; `describe` ends the
    label for screen readers where many buttons share one ("Open" … "interview 12").
    """
    values = dict(locals())
    one_of(kind, BUTTONS, "kind of button")
    return values


@register.inclusion_tag("components/progress.html")
def progress(done: int, total: int, label: str, message: str = "", poll: str = "", every: str = "1s") -> dict:
    """How far long work has come. With `poll` the bar replaces itself by what that address answers, until it is done.

    The address must answer with this same tag; leave `poll` empty in the last answer and asking stops.
    """
    percent = int(100 * done / total) if total else 0
    return {
        "done": done,
        "total": total,
        "label": label,
        "message": message,
        "poll": poll,
        "every": every,
        "percent": percent,
    }


@register.inclusion_tag("components/quota.html")
def quota(label: str, held: int, booked: int, quota: int, href: str = "") -> dict:
    """Interviews held and booked against a segment's quota."""
    scale = max(quota, held + booked, 1)
    still_open = max(quota - held - booked, 0)
    return {
        "label": label,
        "held": held,
        "booked": booked,
        "quota": quota,
        "scale": scale,
        "open": still_open,
        "href": href,
    }


@register.inclusion_tag("components/stance_bar.html")
def stance_bar(
    label: str = "", *, bear: int = 0, bull: int = 0, mixed: int = 0, neutral: int = 0, total: int = 0
) -> dict:
    """People by stance as one bar, bear at the left and bull at the right; `total` is all who were asked."""
    counts = {"bear": bear, "mixed": mixed, "neutral": neutral, "bull": bull}
    said, parts, x = sum(counts.values()), [], 0
    for value, n in counts.items():
        parts.append({"stance": value, "word": STANCES[value].lower(), "n": n, "x": x})
        x += n
    return {"label": label, "parts": parts, "said": said, "total": total, "scale": max(total, said, 1)}


@register.inclusion_tag("components/tab.html")
def tab(label: str, href: str, active: bool = False, count: int | None = None) -> dict:
    """One link within `{% tabs %}`."""
    return {"label": label, "href": href, "active": active, "count": count}


@register.inclusion_tag("components/crumbs.html")
def crumbs(*steps: str) -> dict:
    """The way here: label and address in turn, the last label alone. `{% crumbs "Interviews" url "I-012" %}`."""
    if len(steps) % 2 == 0:
        raise ValueError("Breadcrumbs are label, address, label, address, …, and the last label alone.")
    return {"steps": list(zip(steps[:-1:2], steps[1::2], strict=True)), "last": steps[-1]}


@register.inclusion_tag("components/pagination.html", takes_context=True)
def pagination(context: template.Context, page: Page, noun: str = "rows") -> dict:
    """Pages of a list; the other parts of the address (filters) stay as they are."""
    numbers = list(page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1))
    return {"request": context["request"], "page": page, "numbers": numbers, "noun": noun}


# Forms --------------------------------------------------------------------------------------------------------------


@register.inclusion_tag("components/field.html")
def field(bound: BoundField, label: str = "", help: str = "", search: bool = False) -> dict:
    """One field of a form: label, widget, help and errors, tied together for screen readers."""
    if help:
        bound.help_text = help
    check = isinstance(bound.field.widget, CheckboxInput)
    return {"field": bound, "label": label or bound.label, "check": check, "search": search}


@register.inclusion_tag("components/fields.html")
def fields(form: BaseForm) -> dict:
    """All fields of a form, its errors first, hidden ones last."""
    return {"form": form}


@register.inclusion_tag("components/form_errors.html")
def form_errors(form: BaseForm) -> dict:
    """What is wrong with a form as a whole."""
    return {"form": form}


@register.inclusion_tag("components/toast.html")
def toast(text: str, tone: str = "good") -> dict:
    """A passing word in an HTMX answer: put it beside the fragment, it finds its own place on the page."""
    return {"text": text, "tone": one_of(tone, NOTICE_TONES, "tone of a toast")}


# Navigation ---------------------------------------------------------------------------------------------------------


@register.inclusion_tag("components/rail.html", takes_context=True)
def programme_nav(context: template.Context, programme: Any, active: str = "") -> dict:
    """The sections of a programme that this reader may open; the current one follows from the address, or `active`."""
    request = context["request"]
    return {"label": "Programme", "links": navigation.staff(request.user, programme.slug, request.path, active)}


@register.inclusion_tag("components/rail.html", takes_context=True)
def portal_nav(context: template.Context, programme: Any, active: str = "") -> dict:
    """What a fund may open of a programme."""
    return {"label": "Programme", "links": navigation.portal(programme.public_id, context["request"].path, active)}


@register.inclusion_tag("components/rail.html", takes_context=True)
def fund_nav(context: template.Context, active: str = "") -> dict:
    """What a fund's person may open besides one programme."""
    request = context["request"]
    return {"label": "Your fund", "links": navigation.fund(request.user, request.path, active)}
