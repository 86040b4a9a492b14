"""Somebody who holds the database: the triggers that guard the audit are out of the way."""

from django.db import connection

GUARDED = ("accounts_auditevent", "accounts_auditchain")


def unlock() -> None:
    """Take the triggers off the tables of the audit; a test's transaction puts them back."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN (%s, %s)", GUARDED)
            for (name,) in cursor.fetchall():
                cursor.execute(f"DROP TRIGGER {name}")
        else:
            for table in GUARDED:
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
