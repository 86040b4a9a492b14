"""The staff pages of this app: reading and review, analysis and runs, findings and the report."""

from django.urls import path

from synthesis.views import reader

urlpatterns = [
    path("read/<uuid:cleared_id>/", reader.Reader.as_view(), name="read"),
    path("read/<uuid:cleared_id>/decide/", reader.Decide.as_view(), name="decide"),
]
