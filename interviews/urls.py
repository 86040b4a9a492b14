from django.urls import include, path

from interviews.views import board, calls, desk, feeds, transcripts

one = "programmes/<slug:slug>/"
call = f"{one}interviews/<int:number>/"
text = f"{one}transcripts/<uuid:pk>/"

urlpatterns = [
    path("", include("interviews.recruiting_urls")),
    path("", include("interviews.screening_urls")),
    path("", include("interviews.link_urls")),
    path("", include("interviews.calendar_urls")),
    path("", include("interviews.plan_urls")),
    path("account/calendar/feeds/", feeds.CalendarFeeds.as_view(), name="calendar_feeds"),
    path("calendar/<str:token>.ics", feeds.CalendarFeedFile.as_view(), name="calendar_feed"),
    path(one, board.Board.as_view(), name="programme"),
    path(f"{one}interviews/", calls.InterviewList.as_view(), name="interviews"),
    path(f"{one}interviews/new/", calls.InterviewNew.as_view(), name="interview_new"),
    path("", include("interviews.call_urls")),
    path(call, calls.InterviewPage.as_view(), name="interview"),
    path(f"{call}book/", calls.Book.as_view(), name="interview_book"),
    path(f"{call}notes/", calls.Notes.as_view(), name="interview_notes"),
    path(f"{call}identity/", calls.IdentityAsk.as_view(), name="identity_ask"),
    path(f"{call}identity/<uuid:request_id>/agree/", calls.IdentityAgree.as_view(), name="identity_agree"),
    path(f"{call}identity/<uuid:request_id>/open/", calls.IdentityReveal.as_view(), name="identity_open"),
    path(f"{call}<slug:outcome>/", calls.Outcome.as_view(), name="interview_outcome"),
    path(f"{one}transcripts/", transcripts.TranscriptList.as_view(), name="transcripts"),
    path(f"{one}transcripts/upload/", transcripts.Upload.as_view(), name="transcripts_upload"),
    path(text, transcripts.TranscriptPage.as_view(), name="transcript"),
    path(f"{text}speakers/", transcripts.Speakers.as_view(), name="speakers"),
    path(f"{text}read-again/", transcripts.Reparse.as_view(), name="transcript_reparse"),
    path(f"{text}desk/", desk.Desk.as_view(), name="desk"),
    path(f"{text}desk/mark/", desk.RedactionAdd.as_view(), name="redaction_add"),
    path(f"{text}desk/proposals/", desk.ProposalsMark.as_view(), name="redactions_proposed"),
    path(f"{text}desk/marks/<int:mark>/remove/", desk.RedactionRemove.as_view(), name="redaction_remove"),
    path(f"{text}desk/review/", desk.FirstReview.as_view(), name="review_first"),
    path(f"{text}desk/send-back/", desk.SendBack.as_view(), name="review_send_back"),
    path(f"{text}desk/clear/", desk.Clear.as_view(), name="review_clear"),
]
