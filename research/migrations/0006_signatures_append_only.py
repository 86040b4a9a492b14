"""Signatures can only be added, and the words of terms never change: triggers refuse the rest on both databases.

The triggers look at their own table alone: on SQLite a table that a trigger of another one names can't be rebuilt any more.
"""

from django.db import migrations

SIGNED = "Signatures can only be added."
WORDED = "The words of terms never change; publish a new version."
FIXED = ("id", "programme_id", "version", "language", "text", "sha256", "published_at", "by_id")

# Name, table, verb, the condition under which the verb is refused, and the sentence.
TRIGGERS = [
    ("signature_no_update", "research_signature", "UPDATE", "", SIGNED),
    ("signature_no_delete", "research_signature", "DELETE", "", SIGNED),
    (
        "terms_no_rewording",
        "research_terms",
        "UPDATE",
        " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in FIXED),
        WORDED,
    ),
    ("terms_no_delete", "research_terms", "DELETE", "", WORDED),
]


def add(apps, schema_editor):
    vendor = schema_editor.connection.vendor
    for name, table, verb, condition, sentence in TRIGGERS:
        if vendor == "sqlite":
            # Older SQLite knows IS NOT, and not IS DISTINCT FROM.
            when = f"WHEN {condition.replace('IS DISTINCT FROM', 'IS NOT')} " if condition else ""
            schema_editor.execute(
                f"CREATE TRIGGER {name} BEFORE {verb} ON {table} {when}BEGIN SELECT RAISE(ABORT, '{sentence}'); END"
            )
        elif vendor == "postgresql":
            refuse = f"RAISE EXCEPTION '{sentence}' USING ERRCODE = 'integrity_constraint_violation';"
            body = f"IF {condition} THEN {refuse} END IF;" if condition else refuse
            give = "OLD" if verb == "DELETE" else "NEW"
            schema_editor.execute(
                f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} RETURN {give}; END $$"
            )
            schema_editor.execute(
                f"CREATE TRIGGER {name} BEFORE {verb} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()"
            )


def remove(apps, schema_editor):
    vendor = schema_editor.connection.vendor
    for name, table, *_ in TRIGGERS:
        if vendor == "sqlite":
            schema_editor.execute(f"DROP TRIGGER {name}")
        elif vendor == "postgresql":
            schema_editor.execute(f"DROP TRIGGER {name} ON {table}")
            schema_editor.execute(f"DROP FUNCTION {name}()")


class Migration(migrations.Migration):
    dependencies = [("research", "0005_fund_domain_once")]
    operations = [migrations.RunPython(add, remove)]
