"""A world without pytest, for the commands of this folder: its own folder of data, its own database, undone at the end."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def database() -> Iterator[None]:
    """Django with an empty test database; everything is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="access-") as folder:
        os.environ["DATA_DIR"] = folder
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
        os.environ.setdefault("LOG_LEVEL", "ERROR")
        import django

        django.setup()
        from django.conf import settings
        from django.test import override_settings
        from django.test.utils import setup_databases, setup_test_environment, teardown_databases

        setup_test_environment()
        old = setup_databases(verbosity=0, interactive=False)
        with override_settings(
            STORAGES=settings.STORAGES
            | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}},
            CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
            EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend",
        ):
            yield
        teardown_databases(old, verbosity=0)


@contextmanager
def matrix() -> Iterator[Any]:
    """The programmes with their people signed in, in a transaction that is undone."""
    with database():
        from django.db import transaction

        from tests.access.matrix import Matrix
        from tests.access.world import make_world

        with transaction.atomic():
            yield Matrix(make_world())
            transaction.set_rollback(True)
