"""A chart as a value, and from its Vega-Lite spec to an SVG element for a page or for paper.

Only a worker may call `svg` and `draw`: they load the charting library.
"""

import re
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

FONTS = Path(__file__).resolve().parents[2] / "static" / "fonts"
VEGA_LITE = "5.21"
"""Pinned, so that a newer charting library can't redraw an old report."""

INK, INK_2, INK_3 = "#1b1a17", "#514e47", "#67635b"
LINE, STRONG_LINE = "#e1ded6", "#8a867c"
ACCENT, WARN = "#0b6b4e", "#855600"
STANCE_COLOURS = {"bear": "#b4462f", "bull": "#1f6f8b", "mixed": "#8a6ba8", "neutral": "#7c8087"}

PROPERTIES = {
    INK: "--ink",
    INK_2: "--ink-2",
    INK_3: "--ink-3",
    LINE: "--line",
    STRONG_LINE: "--line-strong",
    ACCENT: "--accent",
    WARN: "--warn",
    **{colour: f"--stance-{stance}" for stance, colour in STANCE_COLOURS.items()},
}
"""The light value of a colour and the custom property of the page that stands for it."""

_TEXT = {"labelColor": INK, "titleColor": INK, "labelFontSize": 12, "titleFontSize": 12}
CONFIG: dict[str, Any] = {
    # A picture has one name and one description; a name for each of a hundred marks is noise to a screen reader.
    "aria": False,
    "background": None,
    "font": "IBM Plex Sans",
    "padding": 4,
    "view": {"stroke": None},
    "axis": {**_TEXT, "gridColor": LINE, "domainColor": STRONG_LINE, "tickColor": STRONG_LINE, "titleFontWeight": 500},
    "legend": _TEXT,
    "title": {"color": INK, "fontWeight": 600},
    "text": {"color": INK, "fontSize": 12},
}


@dataclass(frozen=True)
class Chart:
    """One picture: what it is called, what it shows, how it is drawn, and the same facts as a table."""

    name: str
    title: str
    description: str
    spec: dict[str, Any]
    columns: tuple[str, ...]
    rows: tuple[tuple[str | int | float, ...], ...]


def svg(chart: Chart, *, plain: bool = False) -> str:
    """The chart as an SVG element without scripts, styles or ids; the same bytes on every run.

    Colours are the custom properties of the page with the light value behind them (`var(--ink, #1b1a17)`), so that
    one picture serves light and dark; `plain=True` writes the light values only, for paper.
    """
    return draw(chart.spec, title=chart.title, description=chart.description, plain=plain)


def draw(spec: dict[str, Any], *, title: str, description: str, plain: bool) -> str:
    """The spec as one `<svg role="img">` with a title and a description, deterministic and free of ids.

    With `plain` colours stay hex values; else each becomes `var(--name, #hex)`.
    """
    raw = _renderer().vegalite_to_svg(
        _printable({**spec, "config": CONFIG}), vl_version=VEGA_LITE, allowed_base_urls=[]
    )
    named = _name(_without_parts(_without_ids(raw)), _printable(title), _printable(description))
    return _with_families(named) if plain else _with_properties(named)


@cache
def _renderer() -> Any:
    import vl_convert

    vl_convert.register_font_directory(str(FONTS))
    return vl_convert


def _printable(value: Any) -> Any:
    """The value with every character that XML forbids replaced: one of them would end the process, not the call."""
    if isinstance(value, str):
        return re.sub("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "\ufffd", value)
    if isinstance(value, dict):
        return {key: _printable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_printable(item) for item in value]
    return value


def _without_ids(text: str) -> str:
    """Drop the clip paths and their ids: nothing is drawn outside its frame, and two pictures may share a page."""
    text = re.sub(r"<defs>.*?</defs>", "", text, flags=re.S)
    return re.sub(r' (?:id|clip-path)="[^"]*"', "", text)


def _without_parts(text: str) -> str:
    """Drop the roles of the marks: the picture is one image, and a part with a role of its own would need a name of its own."""
    return re.sub(r' (?:role="graphics-[^"]*"|aria-roledescription="[^"]*")', "", text)


def _name(text: str, title: str, description: str) -> str:
    start = re.search(r"<svg\b[^>]*>", text)
    assert start is not None, "the charting library returned no SVG"
    tag = re.sub(r' (?:class|style|xmlns:xlink|version)="[^"]*"', "", start[0])
    tag = tag[:-1] + ' role="img" font-family="IBM Plex Sans, sans-serif">'
    words = f"<title>{escape(title)}</title><desc>{escape(description)}</desc>"
    return tag + words + text[start.end() :]


def _with_families(text: str) -> str:
    """Name the cut beside the family: where fonts are told apart by their first name only, a weight is not enough."""
    for weight, cut in [("500", "Medm"), ("600", "SmBld")]:
        text = re.sub(
            f'font-family="(IBM Plex Sans)"([^>]*font-weight="{weight}")', rf'font-family="\1 {cut}, \1"\2', text
        )
    return text


def _with_properties(text: str) -> str:
    for colour, name in PROPERTIES.items():
        text = re.sub(f'"{colour}"', f'"var({name}, {colour})"', text, flags=re.I)
    return text
