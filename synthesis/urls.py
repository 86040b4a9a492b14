"""The staff pages of this app: reading and review, analysis and runs, findings and the report."""

from django.urls import include, path

from synthesis.views import analysis, charts, field, reader, review, runs

one = "programmes/<slug:slug>/"

urlpatterns = [
    path("programmes/<slug:slug>/report/", include("synthesis.report_urls")),
    path("read/<uuid:cleared_id>/", reader.Reader.as_view(), name="read"),
    path("read/<uuid:cleared_id>/decide/", reader.Decide.as_view(), name="decide"),
    path(f"{one}field/", field.FieldPage.as_view(), name="field"),
    path(f"{one}field/picture/", field.FieldPicture.as_view(), name="field_picture"),
    path(f"{one}field/<slug:sheet>.csv", field.FieldSheet.as_view(), name="field_csv"),
    path(f"{one}review/", review.Queue.as_view(), name="review"),
    path(f"{one}review/tagging/", review.TaggingProgress.as_view(), name="tagging"),
    path(f"{one}runs/", runs.Runs.as_view(), name="runs"),
    path(f"{one}runs/again/", runs.RunAll.as_view(), name="run_again"),
    path(f"{one}analysis/", analysis.Analysis.as_view(), name="analysis"),
    path(f"{one}analysis/matrix.csv", analysis.Matrix.as_view(), name="matrix_csv"),
    path(f"{one}analysis/picture/", charts.MatrixPicture.as_view(), name="matrix_picture"),
    path(f"{one}register/picture/", charts.IncidentPicture.as_view(), name="incident_picture"),
    path(f"{one}held/picture/", charts.HeldPicture.as_view(), name="held_picture"),
    path(f"{one}analysis/passages/", analysis.Passages.as_view(), name="passages"),
]
