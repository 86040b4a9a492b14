"""Each version there is becomes its own first edition, which withholds nothing."""

import hashlib
import json

from django.db import migrations

# The key of an edition is the fingerprint of its withheld codes; of none, in the form of accounts.jobs.fingerprint.
WHOLE = hashlib.sha256(json.dumps([[]]).encode()).hexdigest()


def fill(apps, schema_editor):
    Deliverable, Edition, DeliverableFile, ReleasedInterview = (
        apps.get_model("synthesis", name)
        for name in ("Deliverable", "Edition", "DeliverableFile", "ReleasedInterview")
    )
    for row in Deliverable.objects.all():
        edition = Edition.objects.create(
            deliverable=row, number=1, key=WHOLE, snapshot=row.snapshot, sha256=row.sha256, built_at=row.built_at
        )
        DeliverableFile.objects.filter(deliverable=row).update(edition=edition)
        ReleasedInterview.objects.filter(deliverable=row).update(edition=edition)


def back(apps, schema_editor):
    Edition = apps.get_model("synthesis", "Edition")
    Edition.objects.exclude(number=1).delete()
    for name in ("DeliverableFile", "ReleasedInterview"):
        for row in apps.get_model("synthesis", name).objects.select_related("edition"):
            row.deliverable_id = row.edition.deliverable_id
            row.save()


class Migration(migrations.Migration):
    dependencies = [("synthesis", "0009_edition")]
    operations = [migrations.RunPython(fill, back)]
