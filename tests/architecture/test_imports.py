"""Who may import whom. Every import of every module is parsed, late ones inside functions included."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
APPS = ["accounts", "research", "interviews", "synthesis"]
# What another app may use of an app; the rest is its own business.
OPEN = {"models", "states", "queries", "services", "signals", "sample"}
CLOSED = {
    "views",
    "forms",
    "fund_forms",
    "api",
    "tasks",
    "receivers",
    "urls",
    "portal_urls",
    "fund_urls",
    "admin",
    "management",
}
PURE = [
    "accounts/sheet.py",
    "research/fees.py",
    "research/policy.py",
    "research/likeness.py",
    "research/outward.py",
    "interviews/importers",
    "synthesis/nlp",
    "synthesis/report",
    "synthesis/statistics.py",
    "synthesis/field.py",
    "synthesis/forecast.py",
    "interviews/workdays.py",
    "interviews/redaction.py",
    "interviews/descriptor.py",
    "interviews/identity_keys.py",
    "interviews/expert_file.py",
    "interviews/tables.py",
    "interviews/telltale.py",
    "interviews/texts",
    "interviews/eligibility.py",
    "interviews/planner",
    "interviews/invites.py",
]
# Inside an app, low to high.
LAYERS = {
    "states": 0,
    "signals": 0,
    "models": 1,
    "permissions": 2,
    "queries": 2,
    "services": 3,
    "forms": 4,
    "fund_forms": 4,
    "views": 5,
    "api": 5,
    "urls": 6,
    "portal_urls": 6,
    "fund_urls": 6,
}


def imports_of(path: Path) -> set[str]:
    """Dotted names that a module imports, with the names taken from a package resolved one level down."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def modules(app: str) -> list[Path]:
    return [p for p in sorted((ROOT / app).rglob("*.py")) if "migrations" not in p.parts]


def room(name: str) -> str:
    """`research.services.seats.hold` -> `services`."""
    parts = name.split(".")
    return parts[1] if len(parts) > 1 else ""


@pytest.mark.parametrize("app", APPS)
def test_app_imports_only_apps_below_it(app):
    above = set(APPS[APPS.index(app) + 1 :]) | {"config", "tests"}
    bad = [f"{p.relative_to(ROOT)}: {n}" for p in modules(app) for n in imports_of(p) if n.split(".")[0] in above]
    assert bad == []


@pytest.mark.parametrize("app", APPS[1:])
def test_app_uses_only_the_open_rooms_of_other_apps(app):
    others = set(APPS[1:]) - {app}
    bad = [
        f"{p.relative_to(ROOT)}: {n}"
        for p in modules(app)
        for n in imports_of(p)
        if n.split(".")[0] in others and room(n) in CLOSED
    ]
    assert bad == []


@pytest.mark.parametrize("app", APPS)
def test_low_rooms_never_import_high_ones(app):
    bad = []
    for path in modules(app):
        own = LAYERS.get(path.relative_to(ROOT / app).parts[0].removesuffix(".py"))
        if own is None:
            continue
        for name in imports_of(path):
            other = LAYERS.get(room(name)) if name.split(".")[0] == app else None
            if other is not None and other > own:
                bad.append(f"{path.relative_to(ROOT)}: {name}")
    assert bad == []


@pytest.mark.parametrize("app", APPS)
def test_tasks_and_receivers_are_leaves(app):
    """Only apps.py may import tasks and receivers; accounts.jobs rings the bell through its own app's task."""
    bad = []
    for path in modules(app):
        for name in imports_of(path):
            if (
                name.startswith(f"{app}.")
                and room(name) in {"tasks", "receivers"}
                and path.name not in {"apps.py", "jobs.py"}
            ):
                bad.append(f"{path.relative_to(ROOT)}: {name}")
    assert bad == []


@pytest.mark.parametrize("place", PURE)
def test_pure_modules_know_nothing_of_django(place):
    path = ROOT / place
    if not path.exists():
        pytest.fail(f"{place} is named here but does not exist")
    files = [path] if path.is_file() else sorted(path.rglob("*.py"))
    bad = [
        f"{p.relative_to(ROOT)}: {n}"
        for p in files
        for n in imports_of(p)
        if n.split(".")[0] in {"django", "rest_framework", "celery"}
    ]
    assert bad == []


def test_web_process_imports_no_heavy_library():
    """Pages must start fast and stay small: the tagger, the printer and the readers of office files live in workers."""
    heavy = ["spacy", "onnxruntime", "onnx", "typst", "docx", "vl_convert", "highspy", "numpy"]
    code = (
        "import django, sys; django.setup(); import config.urls; from django.urls import get_resolver; get_resolver().url_patterns;"
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, env=_env(), check=True
    )
    assert done.stdout.strip() == "[]"


def _env() -> dict[str, str]:
    import os

    return {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings"}


def test_top_level_holds_only_the_agreed_rooms():
    agreed = set(APPS) | {"config", "templates", "static", "tests", "docs", ".ci"}
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert {name.split("/")[0] for name in listed if "/" in name} <= agreed
