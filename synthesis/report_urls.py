"""The pages of a programme's report, under /programmes/<slug>/report/."""

from django.urls import path

from synthesis.views import findings, report

finding, version = "findings/<uuid:finding_id>/", "versions/<int:version>/"

urlpatterns = [
    path("", findings.ReportPage.as_view(), name="report"),
    path("answer/", findings.AnswerForm.as_view(), name="report_answer"),
    path("answer/approve/", findings.AnswerApprove.as_view(), name="report_answer_approve"),
    path("findings/new/", findings.FindingForm.as_view(), name="finding_new"),
    path(f"{finding}edit/", findings.FindingForm.as_view(), name="finding_edit"),
    path(f"{finding}cite/", findings.Cite.as_view(), name="finding_cite"),
    path(f"{finding}approve/", findings.Approve.as_view(), name="finding_approve"),
    path(f"{finding}move/", findings.Move.as_view(), name="finding_move"),
    path(f"{finding}discard/", findings.Discard.as_view(), name="finding_discard"),
    path("summaries/", report.Summaries.as_view(), name="report_summaries"),
    path("summaries/change/", report.SummaryAction.as_view(), name="report_summary"),
    path("versions/", report.Versions.as_view(), name="report_versions"),
    path(version, report.Preview.as_view(), name="report_version"),
    path(f"{version}progress/", report.Progress.as_view(), name="report_progress"),
    path(f"{version}files/<str:name>", report.ReportFile.as_view(), name="report_file"),
    path(f"{version}approve/", report.Approve.as_view(), name="report_approve"),
    path(f"{version}retry/", report.Retry.as_view(), name="report_retry"),
    path(f"{version}release/", report.Release.as_view(), name="report_release"),
    path(f"{version}recall/", report.Recall.as_view(), name="report_recall"),
]
