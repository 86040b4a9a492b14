"""The head of an audit chain only grows and is never removed, and on PostgreSQL neither table can be emptied at a stroke."""

from django.db import migrations

HEADS = "The head of an audit chain only grows."
BACK = "NEW.name <> OLD.name OR NEW.length < OLD.length OR (NEW.length = OLD.length AND NEW.head <> OLD.head)"


def add(apps, schema_editor):
    run = schema_editor.execute
    if schema_editor.connection.vendor == "sqlite":
        refuse = f"BEGIN SELECT RAISE(ABORT, '{HEADS}'); END"
        run(f"CREATE TRIGGER audit_head_grows BEFORE UPDATE ON accounts_auditchain WHEN {BACK} {refuse}")
        run(f"CREATE TRIGGER audit_head_stays BEFORE DELETE ON accounts_auditchain {refuse}")
    elif schema_editor.connection.vendor == "postgresql":
        run(
            "CREATE FUNCTION audit_head_only_grows() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{HEADS}'; END $$"
        )
        refuse = "EXECUTE FUNCTION audit_head_only_grows()"
        run(f"CREATE TRIGGER audit_head_grows BEFORE UPDATE ON accounts_auditchain FOR EACH ROW WHEN ({BACK}) {refuse}")
        run(f"CREATE TRIGGER audit_head_stays BEFORE DELETE ON accounts_auditchain FOR EACH ROW {refuse}")
        run(f"CREATE TRIGGER audit_head_no_truncate BEFORE TRUNCATE ON accounts_auditchain {refuse}")
        run(
            "CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON accounts_auditevent "
            "EXECUTE FUNCTION audit_append_only()"
        )


def remove(apps, schema_editor):
    run = schema_editor.execute
    if schema_editor.connection.vendor == "sqlite":
        run("DROP TRIGGER audit_head_grows")
        run("DROP TRIGGER audit_head_stays")
    elif schema_editor.connection.vendor == "postgresql":
        for name in ("audit_head_grows", "audit_head_stays", "audit_head_no_truncate"):
            run(f"DROP TRIGGER {name} ON accounts_auditchain")
        run("DROP TRIGGER audit_no_truncate ON accounts_auditevent")
        run("DROP FUNCTION audit_head_only_grows()")


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_audit_checks")]
    operations = [migrations.RunPython(add, remove)]
