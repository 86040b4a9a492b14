from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import people, staff
from accounts.moves import Invalid
from accounts.roles import Role


class Command(BaseCommand):
    help = (
        "Make an account for an admin and print the link to choose its password: for the first one of a new site, "
        "or when no admin gets in any more."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("name")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            user = staff.enrol(name=options["name"], email=options["email"], role=Role.ADMIN, by=None)
        except Invalid as wrong:
            raise CommandError(str(wrong)) from None
        self.stdout.write(
            f"{user.name} chooses a password here, once and within three days:\n{people.password_link(user)}"
        )
