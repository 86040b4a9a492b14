"""The API's addresses: each app lists its endpoints in `<app>/api/__init__.py`, and this file only collects them."""

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView
from rest_framework.routers import DefaultRouter

from interviews.api import routes as interview_routes
from research.api import routes as research_routes
from synthesis.api import routes as synthesis_routes

router = DefaultRouter()
router.include_format_suffixes = False
for prefix, viewset, basename in [*research_routes(), *interview_routes(), *synthesis_routes()]:
    router.register(prefix, viewset, basename=basename)

urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("", include(router.urls)),
]
