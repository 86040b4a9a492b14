"""Check the hash-chained audit: every chain, one chain, or an exported file. Exit status 1 when something does not hold."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from accounts import anchors, audit, audit_file
from accounts.audit import Verdict


def sentence(verdict: Verdict) -> str:
    """A verdict as one line of text; a bad one names the first event that does not hold."""
    if verdict.bad is not None:
        return f"{verdict.chain}: broken at event {verdict.bad}. {verdict.reason}"
    return f"{verdict.chain}: {verdict.events} event{'' if verdict.events == 1 else 's'}, whole"


def outside(verdict: Verdict) -> str:
    """What stands outside the database about a chain that is whole."""
    if verdict.bad is not None:
        return ""
    if verdict.anchor is None:
        return "; no anchor outside the database yet."
    return f"; agrees with the anchors up to event {verdict.anchor.length}."


class Command(BaseCommand):
    help = (
        "Check every audit chain, or one, against its own hashes and all heads kept outside the database; or check an "
        "exported file, for which the audit key is needed but no database."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--chain", metavar="NAME", help="for example house, or programme:ID")
        what.add_argument("--file", metavar="FILE", type=Path, help="a chain exported as JSON lines")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["file"]:
            verdict = self.read(options["file"])
            return self.conclude([verdict], [sentence(verdict)], "The file holds.")
        for path in anchors.paths():
            if not path.is_file():
                self.stderr.write(f"{path} is not there, so nothing can be compared with it.")
            for number in anchors.read(path).unreadable:
                self.stderr.write(f"{path}: line {number} can't be read and was passed over.")
        try:
            self.verify(options["chain"])
        except DatabaseError as trouble:
            raise CommandError(f"The database can't be read; run `manage.py migrate` first. ({trouble})") from trouble

    def verify(self, name: str | None) -> None:
        """Check one chain, or all."""
        verdicts = [audit.verify(name)] if name else list(audit.verify_all())
        if name and verdicts[0].unknown:
            raise CommandError(f"There is no chain called {name}.", returncode=1)
        fine = "The chain holds." if len(verdicts) == 1 else f"All {len(verdicts)} chains hold."
        self.conclude(verdicts, [sentence(verdict) + outside(verdict) for verdict in verdicts], fine)

    def read(self, path: Path) -> Verdict:
        """Check an exported file."""
        try:
            with path.open(encoding="utf-8", errors="surrogateescape") as lines:
                return audit_file.verify(lines)
        except OSError as trouble:
            raise CommandError(f"{path} can't be read. ({trouble.strerror})", returncode=1) from trouble

    def conclude(self, verdicts: list[Verdict], lines: list[str], fine: str) -> None:
        """Print the line of each verdict; raise when one is bad."""
        for verdict, line in zip(verdicts, lines, strict=True):
            out = self.stdout if verdict.bad is None else self.stderr
            out.write(line)
        if bad := [verdict for verdict in verdicts if verdict.bad is not None]:
            raise CommandError(f"{len(bad)} of {len(verdicts)} chains do not hold.", returncode=1)
        self.stdout.write(fine)
