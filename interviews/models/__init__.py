from interviews.models.experts import Company, Expert, SealedIdentity, Spell
from interviews.models.interviews import Interview
from interviews.models.transcripts import (
    ClearedTranscript,
    ClearedTurn,
    Clearance,
    Redaction,
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
    "Interview",
    "Redaction",
    "SealedIdentity",
    "Speaker",
    "Spell",
    "Transcript",
    "Turn",
]
