import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.supervisor import Household, NotStarted, until_told_to_stop


class Command(BaseCommand):
    help = "Run web server, worker and beat on this machine until Ctrl-C; whichever dies is started again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with until_told_to_stop() as told, Household(options["host"], options["port"]) as household:
                household.wait_until_it_answers()
                self.stdout.write(f"Serving on {household.address} (Ctrl-C stops all of it)")
                while not told:
                    household.keep()
                    time.sleep(0.5)
                self.stdout.write("Stopping …")
        except NotStarted as reason:
            raise CommandError(str(reason)) from None
