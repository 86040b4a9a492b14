import uuid

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("interviews", "0002_identity_request"), ("synthesis", "0008_reading_without_seat")]

    operations = [
        migrations.AddField(
            model_name="deliverable",
            name="tally",
            field=models.JSONField(
                default=dict, help_text="See synthesis/report/editions.py; it never leaves the house."
            ),
        ),
        migrations.CreateModel(
            name="Edition",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("number", models.PositiveIntegerField()),
                (
                    "withheld",
                    models.JSONField(
                        default=list, help_text="The codes of the interviews that are left out, sorted."
                    ),
                ),
                (
                    "key",
                    models.CharField(
                        help_text="Of the withheld codes: one edition for one set of them.", max_length=64
                    ),
                ),
                ("snapshot", models.JSONField(default=dict)),
                ("sha256", models.CharField(blank=True, max_length=64)),
                ("message", models.TextField(blank=True)),
                ("built_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "deliverable",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="editions",
                        to="synthesis.deliverable",
                    ),
                ),
            ],
            options={"ordering": ["deliverable", "number"]},
        ),
        *(
            migrations.AddField(
                model_name=name,
                name="edition",
                field=models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name=related,
                    to="synthesis.edition",
                ),
            )
            for name, related in (("deliverablefile", "files_of_edition"), ("releasedinterview", "interviews_of_edition"))
        ),
        # So that the way back, too, can put rows in before it asks for all of them.
        *(
            migrations.AlterField(
                model_name=name,
                name="deliverable",
                field=models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name=related,
                    to="synthesis.deliverable",
                ),
            )
            for name, related in (("deliverablefile", "files"), ("releasedinterview", "interviews"))
        ),
    ]
