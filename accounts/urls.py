from allauth.account.urls import urlpatterns as doors
from allauth.mfa.base import views as codes
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as app
from allauth.mfa.webauthn import views as passkeys
from django.urls import include, path, reverse_lazy

from accounts import outbox_page, views

# The library's other pages would let people change the address that they sign in with; that is the admin's to give.
OPEN = {
    "account_login",
    "account_logout",
    "account_inactive",
    "account_reauthenticate",
    "account_signup",
    "account_change_password",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
}

security = views.Security.as_view()
rename = passkeys.EditWebAuthnView.as_view(success_url=reverse_lazy("security"))

urlpatterns = [
    path("accounts/", include([door for door in doors if door.name in OPEN])),
    path("accounts/code/", codes.authenticate, name="mfa_authenticate"),
    path("accounts/passkey/", passkeys.login_webauthn, name="mfa_login_webauthn"),
    path("accounts/reauthenticate/code/", codes.reauthenticate, name="mfa_reauthenticate"),
    path("accounts/reauthenticate/passkey/", passkeys.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    path("", views.Home.as_view(), name="home"),
    path("account/security/", security, name="security"),
    # Where the library sends people when it is done, and who has an authenticator app already.
    path("account/security/", security, name="mfa_index"),
    path("account/security/", security, name="mfa_deactivate_totp"),
    path("account/security/app/", app.activate_totp, name="mfa_activate_totp"),
    path("account/security/passkeys/", passkeys.add_webauthn, name="mfa_add_webauthn"),
    path("account/security/passkeys/<int:pk>/", rename, name="mfa_edit_webauthn"),
    path("account/security/factors/<int:pk>/remove/", views.FactorRemove.as_view(), name="factor_remove"),
    path("account/security/codes/", recovery.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("account/security/codes/new/", recovery.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path("account/security/sessions/", views.SessionsEnd.as_view(), name="sessions_end"),
    path("account/token/", views.ApiToken.as_view(), name="api_token"),
    path("outbox/", outbox_page.Outbox.as_view(), name="outbox"),
    path("outbox/<uuid:message>/again/", outbox_page.OutboxAgain.as_view(), name="outbox_again"),
    path("healthz", views.health, name="health"),
    path("readyz", views.ready, name="ready"),
]
