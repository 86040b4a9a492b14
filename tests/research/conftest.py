"""A programme in draft, made through the services, for tests of what happens before the field."""

import pytest

from research.services import programmes, segments


@pytest.fixture
def draft(cast):
    """A programme of Ana's in draft: no question, no seat, one segment."""
    programme = programmes.create_programme(
        by=cast.ana,
        title="Second look",
        question="Does it hold?",
        subject="Subject plc",
        launch_on="2026-05-01",
        delivery_on="2026-05-15",
    )
    segments.add_segment(programme=programme, by=cast.ana, title="Customers", quota=3)
    return programme


def events(chain: str) -> list[tuple[str, dict]]:
    """Verb and body of every event of a chain, in order."""
    from accounts.models import AuditEvent

    return [(e.verb, e.body) for e in AuditEvent.objects.filter(chain=chain).order_by("seq")]
