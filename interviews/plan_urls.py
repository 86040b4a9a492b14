from django.urls import path

from interviews.views import plans

desk = "programmes/<slug:slug>/plans/"
one = f"{desk}<uuid:plan>/"

urlpatterns = [
    path(desk, plans.Plans.as_view(), name="plans"),
    path(one, plans.PlanPage.as_view(), name="plan"),
    path(f"{one}progress/", plans.Progress.as_view(), name="plan_progress"),
    path(f"{one}accept/", plans.AcceptAll.as_view(), name="plan_accept"),
    path(f"{one}proposals/<int:proposal>/accept/", plans.Accept.as_view(), name="proposal_accept"),
    path(f"{one}proposals/<int:proposal>/decline/", plans.Decline.as_view(), name="proposal_decline"),
]
