"""Programmes, funds and seats in the office: every row for looking, and acts on seats through their services."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from accounts.office import Look, actor, site
from research.models import Fund, FundMember, Invitation, Participation, Programme, Seat, Signature, Terms
from research.services import seats
from research.services.cap import set_cap
from research.states import SeatState


@admin.register(Programme, site=site)
class ProgrammeLook(Look):
    list_display = ("title", "slug", "state", "seat_rows", "launch_on", "delivery_on")
    list_filter = ("state",)
    search_fields = ("title", "slug", "subject")
    actions = ("raise_cap", "lower_cap")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Programme]:
        return Programme.objects.visible_to(request.user).annotate(cap=Count("seats"))

    @admin.display(description="Seats")
    def seat_rows(self, programme: Any) -> int:
        return programme.cap

    @admin.action(description="Add a seat")
    def raise_cap(self, request: HttpRequest, rows: QuerySet[Programme]) -> None:
        self.do(request, rows, lambda row: self._set(request, row, row.cap + 1))

    @admin.action(description="Remove a free seat")
    def lower_cap(self, request: HttpRequest, rows: QuerySet[Programme]) -> None:
        self.do(request, rows, lambda row: self._set(request, row, row.cap - 1))

    def _set(self, request: HttpRequest, programme: Any, cap: int) -> str:
        set_cap(programme=programme, cap=cap, by=actor(request))
        return f"{programme}: the number of seats is {cap}."


@admin.register(Seat, site=site)
class SeatLook(Look):
    list_display = ("programme", "number", "state", "fund", "held_until", "since")
    list_filter = ("state",)
    search_fields = ("programme__title", "fund__name")
    list_select_related = ("programme", "fund")
    actions = ("activate", "extend", "free")

    @admin.action(description="Make active")
    def activate(self, request: HttpRequest, rows: QuerySet[Seat]) -> None:
        def act(seat: Seat) -> str:
            seats.activate_seat(seat=seat, by=actor(request))
            return f"{seat} is active."

        self.do(request, rows, act)

    @admin.action(description="Let the hold run three days from now")
    def extend(self, request: HttpRequest, rows: QuerySet[Seat]) -> None:
        def act(seat: Seat) -> str:
            seats.extend_hold(seat=seat, by=actor(request))
            return f"The hold of {seat} was extended."

        self.do(request, rows, act)

    @admin.action(description="Free")
    def free(self, request: HttpRequest, rows: QuerySet[Seat]) -> None:
        def act(seat: Seat) -> str:
            freed = seats.free_seat(seat=seat, by=actor(request))
            offered = "" if freed.state == SeatState.FREE else " It is held for the fund that has waited longest."
            return f"{seat} was freed.{offered}"

        self.do(request, rows, act)


@admin.register(Participation, site=site)
class ParticipationLook(Look):
    list_display = ("programme", "fund", "state", "waiting_since", "since")
    list_filter = ("state",)
    search_fields = ("programme__title", "fund__name")
    list_select_related = ("programme", "fund")
    actions = ("hold", "take", "wait", "leave")

    @admin.action(description="Hold a seat for three days")
    def hold(self, request: HttpRequest, rows: QuerySet[Participation]) -> None:
        def act(part: Participation) -> str:
            seat = seats.hold_seat(programme=part.programme, fund=part.fund, by=actor(request))
            return f"{seat} is held for {part}."

        self.do(request, rows, act)

    @admin.action(description="Give a seat at once")
    def take(self, request: HttpRequest, rows: QuerySet[Participation]) -> None:
        def act(part: Participation) -> str:
            seat = seats.take_seat(programme=part.programme, fund=part.fund, by=actor(request))
            return f"{seat} is active for {part}."

        self.do(request, rows, act)

    @admin.action(description="Put on the wait-list")
    def wait(self, request: HttpRequest, rows: QuerySet[Participation]) -> None:
        def act(part: Participation) -> str:
            seats.put_on_wait_list(programme=part.programme, fund=part.fund, by=actor(request))
            return f"{part} is on the wait-list."

        self.do(request, rows, act)

    @admin.action(description="Take off the wait-list")
    def leave(self, request: HttpRequest, rows: QuerySet[Participation]) -> None:
        def act(part: Participation) -> str:
            seats.take_off_wait_list(participation=part, by=actor(request))
            return f"{part} is off the wait-list."

        self.do(request, rows, act)


@admin.register(Fund, site=site)
class FundLook(Look):
    list_display = ("name", "domain", "created_at")
    search_fields = ("name", "domain")


@admin.register(FundMember, site=site)
class MemberLook(Look):
    list_display = ("user", "fund", "role", "joined_at", "left_at")
    search_fields = ("user__name", "user__email", "fund__name")
    list_select_related = ("user", "fund")

    @admin.display(description="Role")
    def role(self, member: FundMember) -> str:
        return member.user.get_role_display()


@admin.register(Terms, site=site)
class TermsLook(Look):
    list_display = ("programme", "version", "language", "in_force", "published_at", "sha256")
    list_filter = ("in_force", "language")
    list_select_related = ("programme",)


@admin.register(Signature, site=site)
class SignatureLook(Look):
    list_display = ("terms", "fund", "name", "binding", "method", "at")
    list_filter = ("binding", "method")
    search_fields = ("name", "fund__name")
    list_select_related = ("terms", "fund")


@admin.register(Invitation, site=site)
class InvitationLook(Look):
    list_display = ("participation", "email", "name", "state", "sent_at", "expires_at")
    list_filter = ("state",)
    search_fields = ("email", "name")
    list_select_related = ("participation__programme", "participation__fund")
