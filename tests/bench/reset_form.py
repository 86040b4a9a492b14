"""Does the form for a forgotten password tell by its time who has an account? 200 posts to each kind of address, by turns.

    python -m tests.bench.reset_form

Runs on a database of its own in a temporary folder, and ends with 1 when the medians are more than a tenth apart.
"""

import os
import statistics
import sys
import tempfile
import time

POSTS = 200
ALLOWED = 0.10


def main() -> int:
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    from django.test import Client
    from django.urls import reverse

    from accounts.models import User
    from accounts.roles import Role

    for number in range(POSTS):
        User.objects.create_user(f"person{number}@example.com", None, name=f"Person {number}", role=Role.ANALYST)
    client, path = Client(), reverse("account_reset_password")
    taken: dict[str, list[float]] = {"known": [], "unknown": []}
    for number in range(-10, POSTS):
        for kind, address in (
            ("known", f"person{abs(number)}@example.com"),
            ("unknown", f"nobody{number}@example.com"),
        ):
            began = time.perf_counter()
            answer = client.post(path, {"email": address})
            if number >= 0:
                taken[kind].append(time.perf_counter() - began)
            assert answer.status_code == 302, answer.status_code
    middle = {kind: statistics.median(values) * 1000 for kind, values in taken.items()}
    apart = abs(middle["known"] - middle["unknown"]) / min(middle.values())
    for kind, values in taken.items():
        tenths = statistics.quantiles(values, n=10)
        print(
            f"{kind:<8} median {middle[kind]:.2f} ms, 10-90 %: {tenths[0] * 1000:.2f}-{tenths[8] * 1000:.2f} ms, n={len(values)}"
        )
    print(f"apart by {apart:.1%} (at most {ALLOWED:.0%})")
    return int(apart > ALLOWED)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(DJANGO_SETTINGS_MODULE="config.settings", DATA_DIR=folder)
        for name in ("DATABASE_URL", "REDIS_URL"):
            os.environ.pop(name, None)
        from django.conf import settings

        settings.ACCOUNT_RATE_LIMITS = False
        sys.exit(main())
