from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.moves import Moves
from accounts.roles import PERMISSIONS, Permission
from interviews.states import INTERVIEW, TRANSCRIPT
from research.states import INVITATION, INVOICE, PARTICIPATION, PROGRAMME, SEAT
from synthesis.states import DELIVERABLE, FINDING, SUMMARY

STATES = "docs/states.md"
RIGHTS = "docs/permissions.md"


def states_page() -> str:
    """docs/states.md: a diagram of each table of moves."""
    parts = [
        "# States\n\nDrawn from the tables in each app's `states.py` by `manage.py draw`. Change the table, then draw again.\n"
    ]
    for moves in (
        PROGRAMME,
        PARTICIPATION,
        SEAT,
        INVITATION,
        INVOICE,
        INTERVIEW,
        TRANSCRIPT,
        FINDING,
        SUMMARY,
        DELIVERABLE,
    ):
        parts.append(f"\n## A {moves.thing}\n\n```mermaid\n{_diagram(moves)}\n```\n")
    return "".join(parts)


def _diagram(moves: Moves) -> str:
    lines = ["stateDiagram-v2"]
    lines += [f'    state "{state.label}" as {state.value}' for state in moves.table]
    lines.append(f"    [*] --> {next(iter(moves.table)).value}")
    for old, after in moves.table.items():
        lines += [f"    {old.value} --> {new.value}" for new in sorted(after, key=list(moves.table).index)]
        if not after:
            lines.append(f"    {old.value} --> [*]")
    return "\n".join(lines)


def rights_page() -> str:
    """docs/permissions.md: roles across, permissions down."""
    roles = list(PERMISSIONS)
    lines = [
        "# Permissions",
        "",
        "Drawn from `accounts/roles.py` by `manage.py draw`. Which rows a person sees is asked apart, by `visible_to`.",
        "",
        "| may | " + " | ".join(role.label for role in roles) + " |",
        "| --- |" + " :-: |" * len(roles),
    ]
    for permission in Permission:
        marks = " | ".join("●" if permission in PERMISSIONS[role] else "" for role in roles)
        lines.append(f"| {permission.label} | {marks} |")
    return "\n".join(lines) + "\n"


PAGES = {STATES: states_page, RIGHTS: rights_page}


class Command(BaseCommand):
    help = "Draw docs/states.md and docs/permissions.md from the code; --check only says whether they are stale."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        stale = []
        for name, page in PAGES.items():
            path = settings.BASE_DIR / name
            if path.exists() and path.read_text(encoding="utf-8") == page():
                continue
            if options["check"]:
                stale.append(name)
            else:
                path.write_text(page(), encoding="utf-8")
                self.stdout.write(f"Drew {name}.")
        if stale:
            raise CommandError(f"Stale: {', '.join(stale)}. Run `manage.py draw`.")
