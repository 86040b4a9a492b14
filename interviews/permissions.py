"""Who may do what with interviews and transcripts: None, or the sentence that a refusal and a dead button show."""

from accounts.models import User
from accounts.permissions import Refused, allowed, refusal
from accounts.roles import Permission as P
from interviews.models import Clearance, Honorarium, IdentityRequest, Interview, Transcript
from research.models import Programme


def refuse_if(sentence: str | None) -> None:
    """Raise Refused with the sentence, if there is one."""
    if sentence:
        raise Refused(sentence)


def require_on(user: User, permission: P, programme: Programme) -> None:
    """Raise Refused unless the user holds the permission and works on the programme."""
    refuse_if(refusal(user, permission))
    if not Programme.objects.visible_to(user).filter(pk=programme.pk).exists():
        raise Refused("You are not on this programme's team: ask an admin to add you.")


def source_refusal(user: User, transcript: Transcript) -> str | None:
    """May this person read the words before they are cleared? The same rule as Transcript.objects.source_open_to."""
    if allowed(user, P.READ_SOURCE) or user.pk in (transcript.interview.interviewer_id, transcript.uploaded_by_id):
        return None
    return "Only compliance, the interviewer and who uploaded it may read a transcript that has not been cleared."


def name_shown(user: User, transcript: Transcript) -> str:
    """A transcript's name for this person: file names and speakers' labels name people, so they are as closed as the source."""
    return transcript.interview.label if source_refusal(user, transcript) else transcript.filename


def notes_open(user: User, interview: Interview) -> bool:
    """Notes of a call are uncleared words: for its interviewer, its chaperone and compliance."""
    return allowed(user, P.READ_SOURCE) or user.pk in (interview.interviewer_id, interview.chaperone_id)


def mapping_refusal(user: User, transcript: Transcript) -> str | None:
    """Who may say who speaks: those who upload, and compliance, whose text it then is."""
    if not (allowed(user, P.UPLOAD_TRANSCRIPTS) or allowed(user, P.CLEAR_TRANSCRIPTS)):
        return refusal(user, P.UPLOAD_TRANSCRIPTS)
    return source_refusal(user, transcript)


def review_refusal(user: User, interview: Interview) -> str | None:
    """Who may mark redactions and pass the first review: compliance, but never who led the call."""
    if sentence := refusal(user, P.CLEAR_TRANSCRIPTS):
        return sentence
    if user.pk == interview.interviewer_id:
        return "You led this interview, so two other people must review its transcript."
    return None


def agreeing_refusal(user: User, request: IdentityRequest) -> str | None:
    """Who may agree that somebody else learns who an expert is: compliance, but not who asked."""
    if sentence := refusal(user, P.CLEAR_TRANSCRIPTS):
        return sentence
    if user.pk == request.asked_by_id:
        return "You asked for this identity, so a second person must agree."
    return None


def opening_refusal(user: User, request: IdentityRequest) -> str | None:
    """Who may open an identity: only the person who asked."""
    if sentence := refusal(user, P.CLEAR_TRANSCRIPTS):
        return sentence
    return None if user.pk == request.asked_by_id else "Only the person who asked for this identity may open it."


def clearing_refusal(user: User, interview: Interview, clearance: Clearance | None) -> str | None:
    """Who may sign second: compliance, not the interviewer of the call and not who signed first."""
    if sentence := review_refusal(user, interview):
        return sentence
    if clearance is None:
        return None
    if user.pk == clearance.first_by_id:
        return "You passed the first review, so a second person must clear this transcript."
    if user.pk == clearance.interviewer_id:
        return "You led this interview when it was reviewed, so another person must clear its transcript."
    return None


def sitting_refusal(user: User, interview: Interview) -> str | None:
    """Who may start and end a call: those who sit in it."""
    if user.pk in (interview.interviewer_id, interview.chaperone_id):
        return None
    return "Only the interviewer and the chaperone of this call may start and end it."


def stop_review_refusal(user: User, interview: Interview) -> str | None:
    """Who may look at a stopped call and say what was found: compliance, but not who led it."""
    if sentence := refusal(user, P.CLEAR_TRANSCRIPTS):
        return sentence
    return (
        "You led this call, so somebody else must review why it was stopped."
        if user.pk == interview.interviewer_id
        else None
    )


def approving_refusal(user: User, honorarium: Honorarium) -> str | None:
    """Who may approve, pay or drop what a call pays: never who led that call."""
    if sentence := refusal(user, P.APPROVE_HONORARIA):
        return sentence
    if user.pk in (honorarium.interviewer_id, honorarium.interview.interviewer_id):
        return "You led this call, so somebody else must decide on what it pays."
    return None
