from django.urls import path

from interviews.views import reach

call = "programmes/<slug:slug>/interviews/<int:number>/"

urlpatterns = [
    path(f"{call}link/", reach.LinkSend.as_view(), name="interview_link"),
    path(f"{call}attested/", reach.AttestationRecord.as_view(), name="interview_attested"),
    path(f"{call}consent/", reach.ConsentGive.as_view(), name="interview_consent"),
    path(f"{call}consent/withdraw/", reach.ConsentWithdraw.as_view(), name="interview_consent_withdraw"),
]
