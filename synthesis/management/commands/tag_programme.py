import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import JobState
from accounts.moves import Invalid
from accounts.terminal import watch
from research.models import Programme
from synthesis.services import runs


class Command(BaseCommand):
    help = "Tag every cleared transcript of a programme against its key questions, in the background."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("--wait", action="store_true", help="Show the progress until a worker has done all of it.")

    def handle(self, *args: Any, slug: str, wait: bool, **options: Any) -> None:
        programme = Programme.objects.filter(slug=slug).first()
        if programme is None:
            known = ", ".join(Programme.objects.values_list("slug", flat=True)) or "none yet"
            raise CommandError(f"There is no programme “{slug}”. Programmes: {known}.")
        try:
            asked = runs.request_all(programme)
        except Invalid as invalid:
            raise CommandError(str(invalid)) from invalid
        waiting = sum(job.state in (JobState.PENDING, JobState.RUNNING) for job in asked)
        self.stdout.write(f"{len(asked)} cleared transcripts, {waiting} to be tagged.")
        if wait:
            try:
                watch(f"Tagging {slug}", [runs.KIND], programme.pk, sys.stdout)
            except (RuntimeError, TimeoutError) as trouble:
                raise CommandError(str(trouble)) from trouble
