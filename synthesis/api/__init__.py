"""The endpoints of this app, as (prefix, viewset, basename)."""

from typing import Any


def routes() -> list[tuple[str, Any, str]]:
    """What config/api_urls.py registers."""
    from synthesis.api.analysis import MatrixViewSet
    from synthesis.api.deliverables import DeliverableViewSet
    from synthesis.api.field import FieldViewSet
    from synthesis.api.findings import FindingViewSet
    from synthesis.api.portal import PortalViewSet
    from synthesis.api.runs import RunViewSet
    from synthesis.api.tags import SuggestionViewSet, TagViewSet

    return [
        ("suggestions", SuggestionViewSet, "suggestion"),
        ("tags", TagViewSet, "tag"),
        ("runs", RunViewSet, "run"),
        ("matrix", MatrixViewSet, "matrix"),
        ("field", FieldViewSet, "field"),
        ("findings", FindingViewSet, "finding"),
        ("reports", DeliverableViewSet, "report"),
        ("portal", PortalViewSet, "portal"),
    ]
