from typing import Any

import pytest
from django.db import transaction
from django.test import override_settings

from tests.access.matrix import Matrix
from tests.access.world import World, make_world


@pytest.fixture(scope="module")
def _built(django_db_setup, django_db_blocker, tmp_path_factory):
    """Built once for all tests of a file and undone after them, as the next file builds its own cast."""
    files = {"location": tmp_path_factory.mktemp("files")}
    changed: dict[str, Any] = {
        # What is kept outside the database is one for all tests of the file too.
        "DATA_DIR": tmp_path_factory.mktemp("data"),
        "STORAGES": {
            "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": files},
            "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
        },
    }
    with django_db_blocker.unblock(), override_settings(**changed), transaction.atomic():
        yield Matrix(make_world()), changed
        transaction.set_rollback(True)


@pytest.fixture
def matrix(_built, settings) -> Matrix:
    """The programmes with their people signed in; what a test changes is undone after it."""
    made, changed = _built
    settings.STORAGES, settings.DATA_DIR = changed["STORAGES"], changed["DATA_DIR"]
    return made


@pytest.fixture
def world(matrix) -> World:
    return matrix.world
