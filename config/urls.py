"""Every address of the site. Staff pages, portal and API each keep their own list; nothing is declared in two places."""

from django.urls import include, path
from django.views.generic import RedirectView

from research.admin import site as office

urlpatterns = [
    path("", include("accounts.urls")),
    path("", include("research.urls")),
    path("", include("interviews.urls")),
    path("", include("synthesis.urls")),
    path("e/", include("interviews.expert_urls")),
    path("portal/fund/", include("research.fund_urls")),
    path("portal/", include("synthesis.portal_urls")),
    path("api/v1/", include(("config.api_urls", "api"), namespace="v1")),
    path("office/", office.urls),
    path("favicon.ico", RedirectView.as_view(url="/static/icon.svg", permanent=True)),
]

handler404 = "accounts.views.not_found"
handler403 = "accounts.views.forbidden"
handler400 = "accounts.views.bad_request"
handler500 = "accounts.views.server_error"
