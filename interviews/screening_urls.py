from django.urls import path

from interviews.views import screening

desk = "programmes/<slug:slug>/screening/"
person = f"{desk}<uuid:candidate>/"

urlpatterns = [
    path(desk, screening.Queue.as_view(), name="screening"),
    path(f"{desk}questions/", screening.Questionnaire.as_view(), name="screening_questions"),
    path(f"{desk}questions/exclusions/", screening.Exclusions.as_view(), name="screening_exclusions"),
    path(f"{desk}questions/<uuid:question>/drop/", screening.QuestionDrop.as_view(), name="screening_question_drop"),
    path(f"{desk}papers/", screening.Papers.as_view(), name="screening_papers"),
    path(person, screening.CandidatePage.as_view(), name="screening_candidate"),
    path(f"{person}answers/", screening.Answers.as_view(), name="screening_answers"),
    path(f"{person}review/", screening.Reviewing.as_view(), name="screening_review"),
    path(f"{person}card/", screening.Card.as_view(), name="screening_card"),
    path(f"{person}papers/", screening.Paper.as_view(), name="screening_paper"),
    path(f"{person}exceptions/", screening.ExceptionSign.as_view(), name="screening_exception"),
    path(
        f"{person}exceptions/<int:exception>/revoke/",
        screening.ExceptionRevoke.as_view(),
        name="screening_exception_revoke",
    ),
]
