"""No two slots of one person overlap: an exclusion constraint on PostgreSQL, two triggers on SQLite.

The triggers look at their own table alone: on SQLite a table that a trigger of another one names can't be rebuilt any more.
"""

from django.db import migrations

SENTENCE = "slot_no_overlap: this person has another call at that time."
OVERLAP = (
    "EXISTS (SELECT 1 FROM interviews_slot AS other WHERE other.who = NEW.who AND other.id IS NOT NEW.id"
    " AND other.starts_at < NEW.ends_at AND NEW.starts_at < other.ends_at)"
)


def add(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        for name, verb in (("slot_no_overlap_insert", "INSERT"), ("slot_no_overlap_update", "UPDATE")):
            schema_editor.execute(
                f"CREATE TRIGGER {name} BEFORE {verb} ON interviews_slot WHEN {OVERLAP}"
                f" BEGIN SELECT RAISE(ABORT, '{SENTENCE}'); END"
            )
    elif schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
        schema_editor.execute(
            "ALTER TABLE interviews_slot ADD CONSTRAINT slot_no_overlap"
            " EXCLUDE USING gist (who WITH =, tstzrange(starts_at, ends_at) WITH &&)"
        )


def remove(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        for name in ("slot_no_overlap_insert", "slot_no_overlap_update"):
            schema_editor.execute(f"DROP TRIGGER {name}")
    elif schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE interviews_slot DROP CONSTRAINT slot_no_overlap")


class Migration(migrations.Migration):
    dependencies = [("interviews", "0004_fill_candidates")]
    operations = [migrations.RunPython(add, remove)]
