"""SQLite adds a column by copying the table, which the triggers that read it refuse: they are away meanwhile."""

from importlib import import_module

from django.db import migrations, models

triggers = import_module("research.migrations.0006_signatures_append_only")


class Migration(migrations.Migration):
    dependencies = [("research", "0007_fees")]
    operations = [
        migrations.RunPython(triggers.remove, triggers.add),
        migrations.AddField(
            model_name="programme",
            name="withhold_instead",
            field=models.BooleanField(
                default=False,
                help_text="A person whom a fund's own policy bars may be booked; "
                "the interview is withheld from that fund alone.",
            ),
        ),
        migrations.RunPython(triggers.add, triggers.remove),
    ]
