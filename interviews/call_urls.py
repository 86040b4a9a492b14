"""The addresses of a running call and of what experts are paid."""

from django.urls import path

from interviews.views import honoraria, the_call

one = "programmes/<slug:slug>/"
call = f"{one}interviews/<int:number>/call/"
pay = f"{one}interviews/<int:number>/honorarium/"

urlpatterns = [
    path(call, the_call.CallPage.as_view(), name="call"),
    path(f"{call}live/", the_call.CallLive.as_view(), name="call_live"),
    path(f"{call}attest/", the_call.Attest.as_view(), name="call_attest"),
    path(f"{call}consent/", the_call.GiveConsent.as_view(), name="call_consent"),
    path(f"{call}start/", the_call.Start.as_view(), name="call_start"),
    path(f"{call}note/", the_call.NoteAdd.as_view(), name="call_note"),
    path(f"{call}cover/", the_call.Cover.as_view(), name="call_cover"),
    path(f"{call}recording/", the_call.Recording.as_view(), name="call_recording"),
    path(f"{call}stop/", the_call.Stop.as_view(), name="call_stop"),
    path(f"{call}review/", the_call.StopReview.as_view(), name="call_review"),
    path(f"{call}end/", the_call.Ending.as_view(), name="call_end"),
    path(f"{call}end-early/", the_call.EndEarly.as_view(), name="call_end_early"),
    path(f"{one}honoraria/", honoraria.Honoraria.as_view(), name="honoraria"),
    path(f"{one}honoraria/csv/", honoraria.HonorariaFile.as_view(), name="honoraria_file"),
    path(f"{one}honoraria/rule/", honoraria.RuleSet.as_view(), name="honoraria_rule"),
    path(f"{one}honoraria/agree/", honoraria.AgreeBooked.as_view(), name="honoraria_agree"),
    path(pay, honoraria.HonorariumPage.as_view(), name="honorarium"),
    path(f"{pay}approve/", honoraria.Approve.as_view(), name="honorarium_approve"),
    path(f"{pay}pay/", honoraria.Pay.as_view(), name="honorarium_pay"),
    path(f"{pay}void/", honoraria.Drop.as_view(), name="honorarium_void"),
    path(f"{pay}minutes/", honoraria.Minutes.as_view(), name="honorarium_minutes"),
]
