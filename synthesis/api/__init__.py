"""The endpoints of this app, as (prefix, viewset, basename)."""

from typing import Any


def routes() -> list[tuple[str, Any, str]]:
    """What config/api_urls.py registers."""
    return []
