from django.urls import path

from research.views import audit, programmes, questions, register, seats

one = "programmes/<slug:slug>/"

urlpatterns = [
    path("programmes/", programmes.ProgrammeList.as_view(), name="programmes"),
    path("programmes/new/", programmes.ProgrammeNew.as_view(), name="programme_new"),
    path(f"{one}edit/", programmes.ProgrammeEdit.as_view(), name="programme_edit"),
    path(f"{one}move/", programmes.ProgrammeMove.as_view(), name="programme_move"),
    path(f"{one}team/", programmes.TeamAdd.as_view(), name="team_add"),
    path(f"{one}team/<uuid:person>/remove/", programmes.TeamRemove.as_view(), name="team_remove"),
    path(f"{one}questions/", questions.QuestionList.as_view(), name="questions"),
    path(f"{one}questions/new/", questions.QuestionNew.as_view(), name="question_new"),
    path(f"{one}questions/lock/", questions.QuestionsLock.as_view(), name="questions_lock"),
    path(f"{one}questions/<str:code>/", questions.QuestionEdit.as_view(), name="question_edit"),
    path(f"{one}questions/<str:code>/remove/", questions.QuestionRemove.as_view(), name="question_remove"),
    path(f"{one}segments/new/", questions.SegmentNew.as_view(), name="segment_new"),
    path(f"{one}segments/<slug:code>/", questions.SegmentEdit.as_view(), name="segment_edit"),
    path(f"{one}segments/<slug:code>/remove/", questions.SegmentRemove.as_view(), name="segment_remove"),
    path(f"{one}register/", register.RegisterPage.as_view(), name="register"),
    path(f"{one}register/sources/new/", register.SourceNew.as_view(), name="source_new"),
    path(f"{one}register/incidents/new/", register.IncidentNew.as_view(), name="incident_new"),
    path(f"{one}register/claims/new/", register.ClaimNew.as_view(), name="claim_new"),
    path(f"{one}register/disagreements/new/", register.DisagreementNew.as_view(), name="disagreement_new"),
    path(f"{one}register/<slug:kind>/<uuid:pk>/say/", register.StatementNew.as_view(), name="statement_new"),
    path(f"{one}register/statements/<int:pk>/", register.StatementCorrect.as_view(), name="statement_correct"),
    path(f"{one}seats/", seats.SeatsPage.as_view(), name="seats"),
    path(f"{one}seats/give/", seats.SeatGive.as_view(), name="seat_give"),
    path(f"{one}seats/cap/", seats.CapSet.as_view(), name="seats_cap"),
    path(f"{one}seats/<int:number>/", seats.SeatRecord.as_view(), name="seat"),
    path(f"{one}seats/<int:number>/activate/", seats.SeatActivate.as_view(), name="seat_activate"),
    path(f"{one}seats/<int:number>/free/", seats.SeatFree.as_view(), name="seat_free"),
    path(f"{one}audit/", audit.AuditPage.as_view(), name="audit"),
    path("funds/", seats.FundList.as_view(), name="funds"),
    path("funds/<uuid:fund>/", seats.FundPage.as_view(), name="fund"),
    path("funds/<uuid:fund>/people/<int:member>/remove/", seats.MemberRemove.as_view(), name="member_remove"),
]
