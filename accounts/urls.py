from allauth.account.urls import urlpatterns as doors
from django.urls import include, path

from accounts import views

# The library's other pages would let people change the address that they sign in with; that is the admin's to give.
OPEN = {
    "account_login",
    "account_logout",
    "account_inactive",
    "account_signup",
    "account_change_password",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
}

urlpatterns = [
    path("accounts/", include([door for door in doors if door.name in OPEN])),
    path("", views.Home.as_view(), name="home"),
    path("account/token/", views.ApiToken.as_view(), name="api_token"),
    path("healthz", views.health, name="health"),
    path("readyz", views.ready, name="ready"),
]
