from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0004_jobs_put_off'),
    ]

    operations = [
        migrations.AddField(
            model_name='auditchain',
            name='broken_at',
            field=models.PositiveBigIntegerField(help_text='The first event that did not hold.', null=True),
        ),
        migrations.AddField(
            model_name='auditchain',
            name='checked_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='auditchain',
            name='checked_events',
            field=models.PositiveBigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='auditchain',
            name='trouble',
            field=models.CharField(blank=True, max_length=200),
        ),
    ]
