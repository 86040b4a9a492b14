"""Every expert of a call is a candidate of its programme, calls carry their descriptor, and booked calls take their people's time."""

from datetime import timedelta

from django.db import migrations


def fill(apps, schema_editor):
    Interview = apps.get_model("interviews", "Interview")
    Candidate = apps.get_model("interviews", "Candidate")
    Slot = apps.get_model("interviews", "Slot")
    taken = []
    for row in Interview.objects.select_related("expert").order_by("created_at").iterator():
        Interview.objects.filter(pk=row.pk).update(descriptor=row.expert.descriptor)
        Candidate.objects.get_or_create(
            programme_id=row.programme_id,
            expert_id=row.expert_id,
            defaults={
                "segment_id": row.segment_id,
                "state": "eligible",
                "descriptor": row.expert.descriptor,
                "added_at": row.created_at,
            },
        )
        if row.state != "booked":
            continue
        ends_at = row.starts_at + timedelta(minutes=row.minutes)
        people = {"interviewer": row.interviewer_id, "chaperone": row.chaperone_id, "expert": row.expert_id}
        for part, who in people.items():
            # Two calls of one person at one time could be booked by two programmes at once before; the first keeps it.
            if who and not any(w == who and s < ends_at and row.starts_at < e for w, s, e in taken):
                Slot.objects.create(interview=row, part=part, who=who, starts_at=row.starts_at, ends_at=ends_at)
                taken.append((who, row.starts_at, ends_at))


class Migration(migrations.Migration):
    dependencies = [("interviews", "0003_recruiting_and_calendar")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
