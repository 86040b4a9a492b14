import django.db.models.deletion
from django.db import migrations, models


def of_edition(name: str, related: str) -> migrations.AlterField:
    field = models.ForeignKey(
        on_delete=django.db.models.deletion.CASCADE, related_name=related, to="synthesis.edition"
    )
    return migrations.AlterField(model_name=name, name="edition", field=field)


class Migration(migrations.Migration):
    dependencies = [("synthesis", "0010_fill_editions")]

    operations = [
        migrations.RemoveConstraint(model_name="deliverablefile", name="deliverable_file_once"),
        migrations.RemoveConstraint(model_name="releasedinterview", name="released_interview_once"),
        migrations.RemoveField(model_name="deliverablefile", name="deliverable"),
        migrations.RemoveField(model_name="releasedinterview", name="deliverable"),
        of_edition("deliverablefile", "files"),
        of_edition("releasedinterview", "interviews"),
        migrations.AddConstraint(
            model_name="deliverablefile",
            constraint=models.UniqueConstraint(fields=("edition", "name"), name="edition_file_once"),
        ),
        migrations.AddConstraint(
            model_name="releasedinterview",
            constraint=models.UniqueConstraint(fields=("edition", "cleared"), name="released_interview_once"),
        ),
        migrations.AddConstraint(
            model_name="edition",
            constraint=models.UniqueConstraint(fields=("deliverable", "number"), name="edition_number_once"),
        ),
        migrations.AddConstraint(
            model_name="edition",
            constraint=models.UniqueConstraint(fields=("deliverable", "key"), name="edition_once"),
        ),
    ]
