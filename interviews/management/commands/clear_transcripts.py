"""Clear all transcripts of a programme that can be cleared, in the names of two people of compliance."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from accounts.moves import IllegalMove, Invalid
from accounts.permissions import Refused
from accounts.terminal import Bar
from interviews.models import Transcript
from interviews.services import intake
from interviews.states import TranscriptState
from research.models import Programme

READY = [TranscriptState.PARSED, TranscriptState.MAPPED, TranscriptState.REVIEWED]


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser) -> None:
        parser.add_argument("--programme", required=True, metavar="SLUG", help="the programme's short name")
        parser.add_argument("--first", required=True, metavar="EMAIL", help="who passes the first review")
        parser.add_argument("--second", required=True, metavar="EMAIL", help="who clears; another person")
        parser.add_argument("--redact-names", action="store_true", help="mark the names of speakers and experts first")
        parser.add_argument("--json", action="store_true", help="print the outcome as JSON")

    def handle(self, *, programme: str, first: str, second: str, redact_names: bool, **options: Any) -> None:
        row = Programme.objects.filter(slug=programme).first()
        if row is None:
            raise CommandError(f"There is no programme {programme}.")
        one, two = self.person(first), self.person(second)
        waiting = Transcript.objects.filter(programme=row, state__in=READY).order_by("interview__number", "uploaded_at")
        rows = list(waiting.select_related("interview").defer("text"))
        hosts, outcomes = intake.hosts_of(row), []
        with Bar("Clearing transcripts", self.stderr._out) as bar:
            for number, transcript in enumerate(rows, 1):
                outcomes.append(self.clear(transcript, first=one, second=two, hosts=hosts, redact_names=redact_names))
                bar(number, len(rows))
        self.report(row, outcomes, as_json=options["json"])
        if any(outcome["state"] == "failed" for outcome in outcomes):
            raise SystemExit(1)

    def person(self, email: str) -> User:
        person = User.objects.filter(email=email.lower()).first()
        if person is None:
            raise CommandError(f"Nobody here has the address {email}.")
        return person

    def clear(self, transcript: Transcript, **how: Any) -> dict[str, Any]:
        name = {"file": transcript.filename, "interview": transcript.interview.label}
        try:
            cleared = intake.clear_transcript(transcript, **how)
        except (Invalid, IllegalMove, Refused) as refused:
            return {**name, "state": "failed", "message": str(refused)}
        return {**name, "state": "cleared", "words": cleared.words}

    def report(self, programme: Programme, outcomes: list[dict[str, Any]], *, as_json: bool) -> None:
        there = Transcript.objects.filter(programme=programme, state=TranscriptState.CLEARED).count()
        done = [outcome for outcome in outcomes if outcome["state"] == "cleared"]
        totals = {"cleared": len(done), "failed": len(outcomes) - len(done), "words": sum(o["words"] for o in done)}
        if as_json:
            self.stdout.write(json.dumps({"files": outcomes, "totals": totals}, ensure_ascii=False, indent=1))
            return
        for outcome in outcomes:
            good = outcome["state"] == "cleared"
            end = f"cleared, {outcome['words']:,} words" if good else outcome["message"]
            self.stdout.write(f"{'✓' if good else '✗'} {outcome['file']}: {outcome['interview']}, {end}")
        self.stdout.write(
            f"{totals['cleared']} cleared now, {there} in all; {totals['failed']} failed; {totals['words']:,} words."
        )
