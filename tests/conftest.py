"""The cast: one programme, one person for each part, two funds on seats and one fund outside."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from accounts.models import User
from accounts.roles import Role
from research.models import Fund, Programme
from tests.factories import make_programme, make_user, seat_fund

SHARED = Path(settings.BASE_DIR).parent / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of corpora beside the checkout; a test that needs it skips where it is missing."""
    if not SHARED.is_dir():
        pytest.skip(f"the corpora are not here: {SHARED} does not exist")
    return SHARED


@pytest.fixture(autouse=True)
def _own_files(settings, tmp_path):
    """Each test has its own files, mail and cache, a quick password hash, and never waits for a broker."""
    settings.DATA_DIR = tmp_path
    settings.STORAGES = {
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path / "files"},
        },
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": str(tmp_path)}
    }
    settings.EMAIL_FILE_PATH = tmp_path / "mail"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Tests that commit empty their tables afterwards, which the append-only triggers would refuse; their own tests put them back."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            for name in ("audit_no_delete", "audit_head_stays", "signature_no_delete", "terms_no_delete"):
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
        else:
            cursor.execute("DROP TRIGGER IF EXISTS audit_no_truncate ON accounts_auditevent")
            cursor.execute("DROP TRIGGER IF EXISTS audit_head_no_truncate ON accounts_auditchain")


@dataclass
class Cast:
    programme: Programme
    ana: User  # analyst, interviewer
    ben: User  # analyst
    cora: User  # compliance reviewer
    cyrus: User  # compliance reviewer
    ada: User  # admin
    stranger: User  # analyst who is not on the programme
    heron: Fund  # on a seat
    rita: User  # reader of Heron
    carl: User  # compliance of Heron
    ibis: Fund  # co-sponsor, on a seat
    bob: User  # reader of Ibis
    outsider: Fund  # on no seat
    olga: User  # reader of the outsider

    def everyone(self) -> list[User]:
        return [v for v in vars(self).values() if isinstance(v, User)]


@pytest.fixture
def cast(db) -> Cast:
    return make_cast()


def make_cast() -> Cast:
    """The cast as rows; transactional tests call it themselves."""
    programme = make_programme()
    heron, ibis, outsider = (
        Fund.objects.create(name=name, domain=f"{name.lower()}.example") for name in ("Heron", "Ibis", "Outsider")
    )
    seat_fund(programme, heron)
    seat_fund(programme, ibis)
    return Cast(
        programme=programme,
        ana=make_user("Ana", Role.ANALYST, programme=programme),
        ben=make_user("Ben", Role.ANALYST, programme=programme),
        cora=make_user("Cora", Role.COMPLIANCE, programme=programme),
        cyrus=make_user("Cyrus", Role.COMPLIANCE, programme=programme),
        ada=make_user("Ada", Role.ADMIN),
        stranger=make_user("Stranger", Role.ANALYST),
        heron=heron,
        rita=make_user("Rita", Role.FUND_READER, fund=heron),
        carl=make_user("Carl", Role.FUND_COMPLIANCE, fund=heron),
        ibis=ibis,
        bob=make_user("Bob", Role.FUND_READER, fund=ibis),
        outsider=outsider,
        olga=make_user("Olga", Role.FUND_READER, fund=outsider),
    )
