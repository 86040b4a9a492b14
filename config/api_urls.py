"""The API's addresses: each app lists its endpoints in `<app>/api/__init__.py`, and this file only collects them."""

from typing import Any

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import APIRootView, DefaultRouter

from interviews.api import routes as interview_routes
from research.api import routes as research_routes
from synthesis.api import routes as synthesis_routes

ROUTES = [*research_routes(), *interview_routes(), *synthesis_routes()]


class Root(APIRootView):
    """The endpoints whose lists are open to you."""

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        response = super().get(request, *args, **kwargs)
        shut = {prefix for prefix, viewset, _ in ROUTES if not _open(viewset, request)}
        response.data = {name: address for name, address in response.data.items() if name not in shut}
        return response


def _open(viewset: Any, request: Request) -> bool:
    try:
        viewset(request=request, action="list").check_permissions(request)
    except APIException:
        return False
    return True


router = DefaultRouter()
router.include_format_suffixes = False
router.APIRootView = Root
for prefix, viewset, basename in ROUTES:
    router.register(prefix, viewset, basename=basename)

urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("", include(router.urls)),
]
