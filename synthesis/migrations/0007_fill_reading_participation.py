"""A reading belongs to the fund of who read, whoever sits on the seat now."""

from django.db import migrations


def fill(apps, schema_editor):
    Participation = apps.get_model("research", "Participation")
    members = apps.get_model("research", "FundMember").objects.in_bulk(field_name="user_id")
    for reading in apps.get_model("synthesis", "Reading").objects.select_related("deliverable"):
        part, _ = Participation.objects.get_or_create(
            programme_id=reading.deliverable.programme_id,
            fund_id=members[reading.user_id].fund_id,
            defaults={"state": "withdrawn"},
        )
        reading.participation = part
        reading.save(update_fields=["participation"])


class Migration(migrations.Migration):
    dependencies = [("synthesis", "0006_reading_participation")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
