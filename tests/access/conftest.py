import pytest
from django.db import transaction
from django.test import Client, override_settings

from tests.access.world import World, make_world


@pytest.fixture(scope="module")
def _built(django_db_setup, django_db_blocker, tmp_path_factory):
    """Built once for all tests of a file and undone after them, as the next file builds its own cast."""
    files = {"location": tmp_path_factory.mktemp("files")}
    storages = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": files},
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    with django_db_blocker.unblock(), override_settings(STORAGES=storages), transaction.atomic():
        world = make_world()
        clients = {name: _client(user) for name, user in world.people.items()} | {"nobody": Client()}
        yield world, clients, storages
        transaction.set_rollback(True)


def _client(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def world(_built, settings) -> World:
    """The two programmes, with a signed-in client for each person; what a test changes is undone after it."""
    made, made.clients, settings.STORAGES = _built
    return made
