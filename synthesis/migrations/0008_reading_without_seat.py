import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("synthesis", "0007_fill_reading_participation")]
    operations = [
        migrations.AlterField(
            "reading",
            "participation",
            models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="readings",
                to="research.participation",
            ),
        ),
        migrations.RemoveField("reading", "seat"),
    ]
