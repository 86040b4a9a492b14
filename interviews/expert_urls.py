"""Where experts' links lead: one address for all of them, so that it tells nothing of what it is for."""

from django.urls import path

from interviews.views.expert_pages import ExpertPage

urlpatterns = [path("<str:token>/", ExpertPage.as_view(), name="expert")]
