"""Check the hash-chained audit: `manage.py verify_audit [--chain NAME]`. Exit status 1 when a chain does not hold."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from accounts import audit
from accounts.audit import Verdict


def sentence(verdict: Verdict) -> str:
    """A verdict as one line of text; a bad one names the first event that does not hold."""
    if verdict.bad is None:
        return f"{verdict.chain}: {verdict.events} event{'' if verdict.events == 1 else 's'}, whole."
    return f"{verdict.chain}: broken at event {verdict.bad}. {verdict.reason}"


class Command(BaseCommand):
    help = "Check every audit chain, or one, against its own hashes and the heads kept outside the database."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--chain", metavar="NAME", help="for example house, or programme:ID")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self.verify(options["chain"])
        except DatabaseError as trouble:
            raise CommandError(f"The database can't be read; run `manage.py migrate` first. ({trouble})") from trouble

    def verify(self, name: str | None) -> None:
        if name:
            verdicts = [audit.verify(name, anchor=audit.anchors().get(name))]
            if verdicts[0] == Verdict(name, 0, None):
                raise CommandError(f"There is no chain called {name}.", returncode=1)
        else:
            verdicts = list(audit.verify_all())
        for verdict in verdicts:
            out = self.stdout if verdict.bad is None else self.stderr
            out.write(sentence(verdict))
        if bad := [verdict for verdict in verdicts if verdict.bad is not None]:
            raise CommandError(f"{len(bad)} of {len(verdicts)} chains do not hold.", returncode=1)
        self.stdout.write(f"All {len(verdicts)} chains hold." if len(verdicts) != 1 else "The chain holds.")
