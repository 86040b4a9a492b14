"""Load the sample programme: `manage.py load_sample [--demo]`."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.moves import Invalid
from research import sample


class Command(BaseCommand):
    help = "Load the sample programme. Running it again changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--demo", action="store_true", help="let its people sign in with the published password")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            programme = sample.load(demo=options["demo"])
        except Invalid as wrong:
            raise CommandError(str(wrong)) from wrong
        counts = {
            "key questions": programme.questions.count(),
            "segments": programme.segments.count(),
            "incidents": programme.incidents.count(),
            "claims": programme.claims.count(),
            "disagreements": programme.disagreements.count(),
            "seats": programme.seats.count(),
        }
        self.stdout.write(f"{programme.title}: {', '.join(f'{n} {what}' for what, n in counts.items())}.")
        if options["demo"]:
            for one in sample.sign_ins():
                self.stdout.write(f"  {one.role:<20} {one.email:<36} {one.password}")
