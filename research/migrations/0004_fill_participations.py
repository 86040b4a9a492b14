"""Every fund on a seat gets its participation; entries of restricted lists get their (open) dates."""

from django.db import migrations
from django.utils import timezone


def fill(apps, schema_editor):
    Seat, Participation = apps.get_model("research", "Seat"), apps.get_model("research", "Participation")
    for seat in Seat.objects.filter(fund__isnull=False):
        Participation.objects.create(
            programme_id=seat.programme_id, fund_id=seat.fund_id, state="seated", since=seat.since or timezone.now()
        )
    for policy in apps.get_model("research", "FundPolicy").objects.all():
        policy.restricted = [{"company": name, "from": None, "to": None} for name in policy.restricted]
        policy.save(update_fields=["restricted"])


def empty(apps, schema_editor):
    apps.get_model("research", "Participation").objects.all().delete()
    for policy in apps.get_model("research", "FundPolicy").objects.all():
        policy.restricted = [entry["company"] for entry in policy.restricted]
        policy.save(update_fields=["restricted"])


class Migration(migrations.Migration):
    dependencies = [("research", "0003_participation")]
    operations = [migrations.RunPython(fill, empty)]
