"""Import a transcript, or a folder of them, into a programme."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from accounts.moves import Invalid
from accounts.permissions import allowed
from accounts.roles import Permission
from accounts.terminal import Bar
from interviews.reading import one_reader
from interviews.services import intake
from interviews.services.intake import Outcome
from research.models import Programme, Segment


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser) -> None:
        parser.add_argument("path", type=Path, help="a transcript, or a folder of transcripts")
        parser.add_argument("--programme", required=True, metavar="SLUG", help="the programme's short name")
        parser.add_argument("--as", dest="email", metavar="EMAIL", help="the analyst who uploads; by default the first")
        parser.add_argument(
            "--segment", metavar="CODE", help="the segment of calls that are not known yet; by default the first"
        )
        parser.add_argument(
            "--speakers", choices=["guess", "first-interviewer"], default="", help="map the speakers too"
        )
        parser.add_argument("--json", action="store_true", help="print the outcome as JSON")

    def handle(self, *, path: Path, programme: str, email: str | None, segment: str | None, **options: Any) -> None:
        row = Programme.objects.filter(slug=programme).first()
        if row is None:
            raise CommandError(f"There is no programme {programme}.")
        by = self.person(row, email)
        place = self.segment(row, segment)
        try:
            files = intake.files_of(path)
        except Invalid as missing:
            raise CommandError(str(missing)) from missing
        if not files:
            raise CommandError(f"{path} holds no files.")
        fields = {"programme": row, "segment": place, "interviewer": by, "by": by, "rule": options["speakers"]}
        outcomes = []
        with one_reader(), Bar("Importing transcripts", self.stderr._out) as bar:
            for number, file in enumerate(files, 1):
                outcomes.append(intake.import_file(file, **fields))
                bar(number, len(files))
        self.report(outcomes, as_json=options["json"])
        if any(outcome.state == "failed" for outcome in outcomes):
            raise SystemExit(1)

    def person(self, programme: Programme, email: str | None) -> User:
        team = programme.team.order_by("assignments__pk")
        if email:
            person = User.objects.filter(email=email.lower()).first()
            if person is None:
                raise CommandError(f"Nobody here has the address {email}.")
            return person
        for person in team:
            if allowed(person, Permission.UPLOAD_TRANSCRIPTS):
                return person
        raise CommandError("This programme has no analyst yet: add one to its team, or name one with --as.")

    def segment(self, programme: Programme, code: str | None) -> Segment | None:
        if code is None:
            return programme.segments.first()
        found = programme.segments.filter(code=code).first()
        if found is None:
            known = ", ".join(programme.segments.values_list("code", flat=True))
            raise CommandError(f"There is no segment {code} in this programme; it has {known}.")
        return found

    def report(self, outcomes: list[Outcome], *, as_json: bool) -> None:
        totals = {
            "files": len(outcomes),
            "imported": sum(o.state == "imported" for o in outcomes),
            "here": sum(o.state == "here" for o in outcomes),
            "failed": sum(o.state == "failed" for o in outcomes),
            "turns": sum(o.turns for o in outcomes),
            "words_in": sum(o.words_in for o in outcomes),
            "words_out": sum(o.words_out for o in outcomes),
        }
        if as_json:
            files = [outcome.as_dict() for outcome in outcomes]
            self.stdout.write(json.dumps({"files": files, "totals": totals}, ensure_ascii=False, indent=1))
            return
        for outcome in outcomes:
            self.stdout.write(line(outcome))
        self.stdout.write(
            f"{totals['imported']} imported, {totals['here']} already here, {totals['failed']} failed; {totals['turns']:,} turns,"
            f" {totals['words_in']:,} words in, {totals['words_out']:,} words out."
        )


def line(outcome: Outcome) -> str:
    """One file as a line of the report, each named loss after it."""
    if outcome.state == "failed":
        return f"✗ {outcome.file}: {outcome.message}"
    if outcome.state == "here":
        return f"= {outcome.file}: already here, {outcome.interview}"
    losses = "".join(f"; {loss['count']} {loss['what']} left out ({loss['why']})" for loss in outcome.dropped)
    note = f". {outcome.message}" if outcome.message else ""
    words = f"{outcome.words_in:,} words in, {outcome.words_out:,} out"
    return f"✓ {outcome.file}: {outcome.interview}, {outcome.format}, {outcome.turns:,} turns, {words}{losses}{note}"
