from django.urls import path

from accounts import views

urlpatterns = [
    path("", views.Home.as_view(), name="home"),
    path("account/token/", views.ApiToken.as_view(), name="api_token"),
    path("healthz", views.health, name="health"),
    path("readyz", views.ready, name="ready"),
]
