"""The fund's addresses. A programme is named by its public id, a transcript by the id that its release gave it."""

from django.urls import path

from synthesis.views import portal

urlpatterns = [
    path("", portal.Portal.as_view(), name="portal"),
    path("<uuid:public_id>/", portal.ProgrammePage.as_view(), name="portal_programme"),
    path("<uuid:public_id>/report/", portal.ReportPage.as_view(), name="portal_report"),
    path(
        "<uuid:public_id>/report/report.pdf", portal.ReportFile.as_view(), {"name": "report.pdf"}, "portal_report_pdf"
    ),
    path("<uuid:public_id>/report/files/<str:name>", portal.ReportFile.as_view(), name="portal_file"),
    path("<uuid:public_id>/interviews/", portal.Interviews.as_view(), name="portal_interviews"),
    path("<uuid:public_id>/interviews/<uuid:transcript_id>/", portal.InterviewPage.as_view(), name="portal_interview"),
    path(
        "<uuid:public_id>/interviews/<uuid:transcript_id>/transcript.txt",
        portal.TranscriptFile.as_view(),
        name="portal_transcript_file",
    ),
    path("<uuid:public_id>/search/", portal.Search.as_view(), name="portal_search"),
]
