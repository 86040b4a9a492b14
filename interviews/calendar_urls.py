"""The calendar of a programme and one's own, one's hours, and what is done to a call's time and people."""

from django.urls import path

from interviews.views import calendar, hours

one = "programmes/<slug:slug>/"
call = f"{one}interviews/<int:number>/"

urlpatterns = [
    path(f"{one}calendar/", calendar.CalendarPage.as_view(), name="calendar"),
    path("account/calendar/", calendar.MyCalendar.as_view(), name="my_calendar"),
    path("account/calendar/hours/", hours.MyHours.as_view(), name="my_hours"),
    path(f"{call}hold/", calendar.Hold.as_view(), name="interview_hold"),
    path(f"{call}move/", calendar.Move.as_view(), name="interview_move"),
    path(f"{call}confirm/", calendar.Confirm.as_view(), name="interview_confirm"),
    path(f"{call}release/", calendar.Release.as_view(), name="interview_release"),
    path(f"{call}reassign/", calendar.Reassign.as_view(), name="interview_reassign"),
]
