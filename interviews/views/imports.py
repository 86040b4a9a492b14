"""Experts from a file: upload, look at every row, then take the whole file over or throw it away."""

import re
from functools import cached_property
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from accounts import sheet
from accounts.moves import Invalid
from accounts.roles import Permission as P
from interviews import expert_file
from interviews.expert_forms import FileForm
from interviews.models import ExpertImport
from interviews.services import imports
from interviews.tables import MOST_BYTES
from interviews.views.pages import Act
from interviews.views.recruits import RecruitingPage

# Files shown in the list, and rows of a preview in one page; what waits for a decision is always shown.
RECENT, PAGE = 20, 50
TONES = {"read": "active", "taken": "good", "dropped": "plain"}


class ImportPage(RecruitingPage):
    permission = P.LOG_INTERVIEWS


class Imports(ImportPage):
    template = "interviews/expert_imports.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self.show(FileForm())

    def show(self, form: FileForm, status: int = 200) -> HttpResponse:
        rows = ExpertImport.objects.filter(programme=self.programme).defer("ciphertext").select_related("by")[:RECENT]
        listed = [(row, TONES[row.state], self.name_of(row)) for row in rows]
        return self.draw(form=form, listed=listed, columns=expert_file.headings(), status=status)

    def name_of(self, row: ExpertImport) -> str:
        """A file's name may name people, so it is shown to who uploaded it."""
        return "A colleague's file" if imports.rows_refusal(self.user, row) else row.filename

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = FileForm(request.POST, request.FILES)
        if not form.is_valid():
            return self.show(form, 400)
        file = form.cleaned_data["file"]
        try:
            # One byte more than may be is enough for the reader to say that it is too large.
            row = imports.read(
                programme=self.programme, filename=file.name, data=file.read(MOST_BYTES + 1), by=self.actor
            )
        except Invalid as wrong:
            form.add_error("file", str(wrong))
            return self.show(form, 400)
        return redirect("expert_import", self.programme.slug, row.pk)


class Template(ImportPage):
    """A file to fill in."""

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        rows = expert_file.template(self.programme.segments.values_list("code", flat=True))
        answer = HttpResponse(sheet.csv_bytes(expert_file.headings(), rows), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = 'attachment; filename="experts-template.csv"'
        return answer


class OnImport(ImportPage):
    @cached_property
    def upload(self) -> ExpertImport:
        return self.see_own(ExpertImport, pk=self.kwargs["upload"])

    def here(self) -> str:
        return reverse("expert_import", args=[self.programme.slug, self.upload.pk])


class Preview(OnImport):
    template = "interviews/expert_import.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        row = self.upload
        own = imports.rows_refusal(self.user, row)
        looked = [] if own else imports.look(row, self.actor)
        faults = row.faults + [one.fault for one in looked if one.fault]
        likely = [one for one in looked if one.likely]
        obstacle = imports.taking_obstacle(row)
        if not obstacle and faults:
            obstacle = "Mend the rows named here and upload the file again. Until then nothing of it is taken over."
        return self.draw(
            upload=row,
            tone=TONES[row.state],
            name=row.filename if not own else "A colleague's file",
            faults=faults,
            likely=likely,
            page=Paginator(looked, PAGE).get_page(request.GET.get("page")),
            known=sum(bool(one.note) for one in looked),
            good=len(looked) - sum(bool(one.fault) for one in looked),
            own_refusal=own,
            take_refusal=own or obstacle,
        )


class ImportAct(Act, OnImport):
    permission = P.LOG_INTERVIEWS


class Take(ImportAct):
    def act(self) -> str:
        given = self.request.POST.items()
        decisions = {int(name[4:]): str(said) for name, said in given if re.fullmatch(r"row-\d{1,7}", name)}
        done = imports.take(row=self.upload, decisions=decisions, by=self.actor)
        new = sum(not one.known for one in done)
        return f"{len(done)} experts are in the programme; {len(done) - new} of them were on file already."

    def back(self) -> str:
        self.upload.refresh_from_db()
        return reverse("experts", args=[self.programme.slug]) if self.upload.state == "taken" else self.here()


class Drop(ImportAct):
    def act(self) -> str:
        imports.drop(row=self.upload, by=self.actor)
        return "The file is thrown away; nothing of its rows was kept."

    def back(self) -> str:
        return reverse("expert_imports", args=[self.programme.slug])
