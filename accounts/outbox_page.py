"""The outbox: what was written to whom, whether it went out, and why not."""

from uuid import UUID

from django.contrib import messages as notes
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from accounts import outbox
from accounts.models import Message
from accounts.moves import IllegalMove
from accounts.roles import Permission
from accounts.scoping import ScopedView

A_PAGE = 50


class Outbox(ScopedView):
    """Every message, the newest first; with `?waiting=1` only those that have not gone out. Bodies come without links."""

    permission = Permission.MANAGE_STAFF

    def get(self, request: HttpRequest) -> HttpResponse:
        rows = Message.objects.order_by("-created_at", "pk")
        waiting = request.GET.get("waiting") == "1"
        if waiting:
            rows = rows.filter(sent_at__isnull=True)
        page = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
        context = {"page": page, "rows": outbox.posted(list(page)), "waiting": waiting, "all_shown": not waiting}
        return render(request, "accounts/outbox.html", context)


class OutboxAgain(ScopedView):
    """The button that tries a message again at once."""

    permission = Permission.MANAGE_STAFF
    http_method_names = ["post"]

    def post(self, request: HttpRequest, message: UUID) -> HttpResponse:
        row = get_object_or_404(Message, pk=message)
        try:
            outbox.send_again(message=row, by=self.actor)
            notes.success(request, "The message is tried again now.")
        except IllegalMove as wrong:
            notes.error(request, str(wrong))
        return redirect("outbox")
