import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("synthesis", "0005_chart_spec"), ("research", "0004_fill_participations")]
    operations = [
        migrations.AddField(
            "reading",
            "participation",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="readings",
                to="research.participation",
            ),
        ),
    ]
