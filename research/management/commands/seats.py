"""The seats of a programme from the command line: the same services as the pages, in the name of an admin."""

from datetime import UTC
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from accounts.moves import IllegalMove, Invalid, now
from accounts.permissions import Refused, require
from accounts.roles import Permission
from research.board import parts
from research.clock import left
from research.models import Programme, Seat
from research.services import seat_file
from research.services.cap import set_cap

HELP = {
    "list": "show the seats, who waits and who is asked",
    "cap": "set the number of seats",
    "hold": "keep a free seat for a fund",
    "extend": "let a fund's hold run longer",
    "take": "give a fund a seat at once",
    "activate": "make a fund's seat active",
    "free": "free a fund's seat",
    "wait": "put a fund on the wait-list",
    "import": "do what each line of a CSV file says (fund, domain, action, until), all or nothing",
}


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
        for act, text in HELP.items():
            one = acts.add_parser(act, help=text, description=text[0].upper() + text[1:] + ".")
            one.add_argument("programme", help="the programme's short name")
            if act == "cap":
                one.add_argument("cap", metavar="NUMBER", help="from 1 to 5")
            if act in seat_file.ACTS:
                one.add_argument("fund", help="the fund's name, or its e-mail domain")
            if act in seat_file.TIMED:
                one.add_argument("--until", default="", metavar="DAY", help="left out, three days from now")
            if act == "import":
                one.add_argument("file", type=Path, metavar="FILE.csv")
            one.add_argument("--as", dest="email", required=True, metavar="EMAIL", help="the admin who does this")

    def handle(self, *, act: str, programme: str, email: str, **given: Any) -> None:
        by = User.objects.filter(email=email.lower()).first()
        if by is None:
            raise CommandError(f"Nobody here has the address {email}.")
        row = Programme.objects.visible_to(by).filter(slug=programme).first()
        if row is None:
            raise CommandError(f"There is no programme {programme}, or it is not open to {by.name}.")
        try:
            self.do(act, row, by, given)
        except (Invalid, IllegalMove, Refused) as refused:
            raise CommandError(str(refused)) from None

    def do(self, act: str, programme: Programme, by: User, given: dict[str, Any]) -> None:
        if act == "import":
            for line in seat_file.import_seats(programme=programme, content=self.read(given["file"]), by=by):
                self.stdout.write(line)
            return
        if act == "cap":
            set_cap(programme=programme, cap=given["cap"], by=by)
        elif act != "list":
            require(by, Permission.MANAGE_SEATS)
            fund = seat_file.find_fund(given["fund"], by)
            until = seat_file.moment(given.get("until", ""))
            seat_file.ACTS[act](programme=programme, fund=fund, until=until, by=by)
        self.list(programme, by)

    def read(self, path: Path) -> bytes:
        try:
            return path.read_bytes()
        except OSError as trouble:
            raise CommandError(f"{path} can't be read: {trouble.strerror}.") from None

    def list(self, programme: Programme, by: User) -> None:
        """The seats as they are now, then the funds without one."""
        require(by, Permission.SEE_FUNDS)
        seats = Seat.objects.visible_to(by).filter(programme=programme).select_related("fund").order_by("number")
        for seat in seats:
            end = ""
            if seat.held_until:
                end = f", {left(seat.held_until, now())}, until {seat.held_until.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
            self.stdout.write(f"seat {seat.number}: {seat.get_state_display().lower()}{_of(seat)}{end}")
        if not seats:
            self.stdout.write("no seats yet")
        for part in parts(programme, by):
            self.stdout.write(f"{part.get_state_display().lower()}: {part.fund.name}")


def _of(seat: Seat) -> str:
    return f", {seat.fund.name}" if seat.fund else ""
