"""`make demo`: set up what is missing, run the whole job on the sample programme through the real worker, and serve it."""

import json
import os
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.text import slugify

from accounts.models import User
from accounts.moves import now
from accounts.roles import Role
from accounts.supervisor import Household, NotStarted, answers, until_told_to_stop
from accounts.terminal import Bar, watch
from interviews import sample as interviews_sample
from research import sample as research_sample
from research.models import Programme
from research.services import programmes, questions, segments
from synthesis import sample as synthesis_sample
from synthesis.services import runs


class Stopped(Exception):
    """Ctrl-C came before the job was done."""


class Command(BaseCommand):
    help = "Set up, run the whole job on the sample programme, and serve it until Ctrl-C. A second run loses nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--stop", action="store_true", help="End once the site has answered.")
        parser.add_argument("--corpus", metavar="DIR", help="A folder of transcripts to add as a second programme.")

    def handle(self, *args: Any, **options: Any) -> None:
        corpus = Path(options["corpus"]).resolve() if options["corpus"] else None
        if corpus and not corpus.is_dir():
            raise CommandError(f"CORPUS={options['corpus']} is not a folder. Name a folder that holds transcripts.")
        # The sample's passwords are published, so a second factor of theirs would guard nothing. Said at the end.
        self.factor = os.environ.setdefault("MFA_REQUIRED", "off")
        started = time.monotonic()
        self.prepare()
        try:
            with until_told_to_stop() as told, Household(port=options["port"]) as household:
                self.household, self.told = household, told
                household.wait_until_it_answers()
                self.whole_job()
                if corpus:
                    self.add_corpus(corpus)
                self.say_where(time.monotonic() - started)
                if options["stop"]:
                    self.see_that_it_answers()
                    return
                self.stdout.write("Serving until Ctrl-C.")
                while not told:
                    self.stay()
                    time.sleep(0.5)
                self.stdout.write("\nStopping …")
        except Stopped:
            self.stdout.write("\nStopped before the job was done. Run the command again: it goes on where it was.")
        except (NotStarted, RuntimeError, TimeoutError) as reason:
            raise CommandError(str(reason)) from None

    def prepare(self) -> None:
        """Database, static files and the sentence encoder; each is quick when it is there already."""
        from synthesis.nlp import build_encoder

        self.step("Database", lambda: call_command("migrate", verbosity=0))
        self.step("Static files", lambda: call_command("collectstatic", interactive=False, verbosity=0))
        self.step("Sentence encoder", lambda: build_encoder(settings.ENCODER_DIR))

    def step(self, label: str, work: Callable[[], Any]) -> Any:
        with Bar(label, self.stdout._out) as bar:
            result = work()
            bar(1, 1)
        return result

    def stay(self) -> None:
        """Keep the processes alive; raise Stopped when told to end."""
        self.household.keep()
        if self.told:
            raise Stopped

    def wait_for(self, label: str, *kinds: str, programme: Programme) -> None:
        watch(label, kinds, programme.pk, self.stdout._out, each=self.stay)

    def whole_job(self) -> None:
        """The sample programme from import to release; each part finds what an earlier run has done."""
        programme = self.step("Sample programme", lambda: research_sample.load(demo=True))
        self.step("Experts, calls and the calendar", lambda: interviews_sample.plan(programme))
        interviews_sample.receive(programme)
        self.wait_for("Import: reading transcripts", "parse", programme=programme)
        self.step("Speakers mapped", lambda: interviews_sample.map_speakers(programme))
        self.step("Cleared by two people", lambda: interviews_sample.clear_sample(programme))
        runs.request_all(programme)
        self.wait_for("Tagging against the key questions", "tag", programme=programme)
        self.step("Reviewed by analysts", lambda: synthesis_sample.apply_coding(programme))
        self.step("Findings", lambda: synthesis_sample.write_findings(programme))
        self.step("Interview summaries", lambda: synthesis_sample.write_summaries(programme))
        synthesis_sample.request_report(programme)
        self.wait_for("Report: numbers, quotes, pictures", "report", programme=programme)
        self.report = self.step("Approved and released", lambda: synthesis_sample.release_report(programme))

    def add_corpus(self, folder: Path) -> None:
        """A second programme from a folder of transcripts and, if it is there, its questions.json."""
        programme = self.step(f"Programme from {folder.name}", lambda: corpus_programme(folder))
        call_command("import_transcripts", str(folder), programme=programme.slug, stdout=self.stdout)
        first, second = User.objects.filter(role=Role.COMPLIANCE, is_active=True).order_by("email")[:2]
        reviewers = {"first": first.email, "second": second.email}
        call_command("clear_transcripts", programme=programme.slug, **reviewers, redact_names=True, stdout=self.stdout)
        runs.request_all(programme)
        self.wait_for("Tagging the folder's transcripts", "tag", programme=programme)

    def say_where(self, seconds: float) -> None:
        address = self.household.address
        self.stdout.write(f"\nReady after {seconds:.0f} s: {address}\n\n")
        for entry in research_sample.sign_ins():
            self.stdout.write(f"  {entry.role:<22} {entry.email:<34} {entry.password}\n")
        if self.factor == "off":
            self.stdout.write(
                "\nNo second factor is asked for here. `make serve` asks compliance and admin to set one up.\n"
            )
        self.stdout.write(f"\nThe report, for a fund reader: {address}portal/{self.report.programme_id}/report/\n")
        pdf = self.report.files.get(media_type="application/pdf")
        copy = settings.DATA_DIR / "synthesis-report.pdf"
        with default_storage.open(pdf.storage_name) as sealed:
            copy.write_bytes(sealed.read())
        self.stdout.write(f"As PDF: {copy}\n")

    def see_that_it_answers(self) -> None:
        """The site answers, and ends when told."""
        for path in ("readyz", "accounts/login/"):
            if not answers(self.household.address + path):
                raise RuntimeError(f"{self.household.address}{path} did not answer.")
        self.stdout.write("The site answers. Stopping.")


def corpus_programme(folder: Path) -> Programme:
    """The programme of a folder, made once; its key questions come from questions.json."""
    slug = slugify(folder.name)[:50] or "corpus"
    if found := Programme.objects.filter(slug=slug).first():
        return found
    analysts = list(User.objects.filter(role=Role.ANALYST).order_by("email"))
    by, today = analysts[0], now().date()
    programme = programmes.create_programme(
        by=by,
        slug=slug,
        title=folder.name.replace("-", " ").capitalize(),
        question=f"What do the interviews in the folder {folder.name} say about its key questions?",
        subject=folder.name,
        launch_on=today,
        delivery_on=today + timedelta(days=14),
    )
    for person in [*analysts[1:], *User.objects.filter(role=Role.COMPLIANCE)]:
        programmes.assign(programme=programme, user=person, by=by)
    files = sum(1 for path in folder.iterdir() if path.is_file())
    everyone = segments.add_segment(
        programme=programme, by=by, code="respondents", title="Respondents", quota=max(files, 1)
    )
    listing = folder / "questions.json"
    if listing.exists():
        for row in json.loads(listing.read_text(encoding="utf-8")):
            questions.add_question(
                programme=programme,
                by=by,
                code=row["code"],
                title=row["title"],
                text=row["text"],
                bear_signpost=row.get("bear", ""),
                bull_signpost=row.get("bull", ""),
                terms=row.get("terms", []),
                segments=[everyone],
            )
    return programme
