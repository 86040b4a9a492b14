from interviews.models.experts import Company, Expert, SealedIdentity, Spell
from interviews.models.identity import IdentityRequest, RevealPurpose
from interviews.models.interviews import Interview
from interviews.models.transcripts import (
    Clearance,
    ClearedTranscript,
    ClearedTurn,
    Redaction,
    RedactionReason,
    Speaker,
    Transcript,
    Turn,
)

__all__ = [
    "Clearance",
    "ClearedTranscript",
    "ClearedTurn",
    "Company",
    "Expert",
    "IdentityRequest",
    "Interview",
    "Redaction",
    "RedactionReason",
    "RevealPurpose",
    "SealedIdentity",
    "Speaker",
    "Spell",
    "Transcript",
    "Turn",
]
