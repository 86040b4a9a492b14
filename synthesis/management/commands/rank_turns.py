import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser


class Command(BaseCommand):
    help = "Rank the turns of transcripts against questions: JSON lines in, JSON lines out, no database."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--encoder", type=Path, default=settings.ENCODER_DIR, help="The folder of the encoder.")
        parser.add_argument("--threads", type=int, default=2)
        parser.add_argument("--words", action="store_true", help="Go by words alone, without sentence vectors.")

    def handle(self, *args: Any, encoder: Path, threads: int, words: bool, **options: Any) -> None:
        from synthesis.nlp.rank import find_encoder, main

        try:
            main(sys.stdin, sys.stdout, None if words else find_encoder(encoder), threads)
        except ValueError as unfit:
            raise CommandError(str(unfit)) from unfit
