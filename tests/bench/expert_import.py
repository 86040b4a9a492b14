"""The import of a file of experts: `python -m tests.bench.expert_import [--rows 1000] [--bad 50] [--kills 10]`.

Reads a CSV and an XLSX of so many rows of which some are bad, counts the sentences, takes a clean file of as many rows over, and
kills the process that takes it over with -9 at moments spread over its work: each time all rows are there, or none.
SQLite in a folder of its own, or the database that DATABASE_URL names (a test database beside it, taken away afterwards).
"""

import argparse
import io
import os
import random
import subprocess
import sys
import tempfile
import time
from typing import Any

LONGEST = 10.0  # seconds


def measured(rows: int, bad: int) -> list[str]:
    """What went wrong with reading and taking over."""
    from interviews.models import Expert
    from interviews.services import imports
    from tests.conftest import make_cast
    from tests.interviews.people import csv_of_people

    cast, wrong = make_cast(), []
    spoilt = csv_of_people(rows, bad=bad)
    for name, data in (("CSV", spoilt), ("XLSX", xlsx_of(spoilt))):
        begun = time.perf_counter()
        row = imports.read(programme=cast.programme, filename=f"e.{name}", data=data, by=cast.ana)
        looked = imports.look(row, cast.ana)
        took = time.perf_counter() - begun
        print(
            f"{name}: {row.rows} rows read and looked at in {took:.2f} s, {len(row.faults)} sentences, {len(looked)} good"
        )
        named = {sentence.partition(",")[0].partition(":")[0] for sentence in row.faults}
        if len(row.faults) != bad or len(named) != bad or len(looked) != rows - bad or took > LONGEST:
            wrong.append(f"{name}: {len(row.faults)} sentences about {len(named)} rows in {took:.1f} s")
        try:
            imports.take(row=row, decisions={}, by=cast.ana)
            wrong.append(f"{name}: a file with faults was taken over")
        except imports.IllegalMove as refused:
            print(f"{name}: not taken over: {refused}")
        if Expert.objects.exists():
            wrong.append(f"{name}: something was half done")
    begun = time.perf_counter()
    row = imports.read(programme=cast.programme, filename="e.csv", data=csv_of_people(rows), by=cast.ana)
    imports.look(row, cast.ana)
    done = imports.take(row=row, decisions={}, by=cast.ana)
    took = time.perf_counter() - begun
    print(f"clean: {len(done)} rows read, looked at and taken over in {took:.2f} s")
    return wrong + ([f"taking over took {took:.1f} s"] if took > LONGEST or len(done) != rows else [])


def killed(rows: int, kills: int, seed: int) -> list[str]:
    """What went wrong when the process that takes a file over was killed."""
    from django.db import connection

    from interviews.models import Candidate, Expert, ExpertImport, IdentityKey, SealedIdentity, Spell
    from interviews.services import imports
    from research.models import Programme
    from tests.interviews.people import csv_of_people

    programme, wrong, amid = Programme.objects.get(), [], 0
    by = programme.team.get(name="Ana")
    moments = random.Random(seed)
    tables = (Expert, SealedIdentity, IdentityKey, Candidate, Spell)
    for number in range(kills):
        data = csv_of_people(rows, start=(number + 1) * 10_000)
        row = imports.read(programme=programme, filename="k.csv", data=data, by=by)
        before = [table.objects.count() for table in tables]
        place = {"BENCH_DATABASE": str(connection.settings_dict["NAME"])}
        command = [sys.executable, "-m", "tests.bench.expert_import", "--take", str(row.pk)]
        child = subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, **place})  # noqa: S603  our own
        assert child.stdout and child.stdout.readline() == b"ready\n"
        moment = moments.uniform(0.02, 4.0)
        time.sleep(moment)
        amid += child.poll() is None
        child.kill()
        child.wait()
        connection.close()
        gained = [table.objects.count() - had for table, had in zip(tables, before, strict=True)]
        state = ExpertImport.objects.get(pk=row.pk).state
        whole = [rows, rows, 2 * rows, rows, rows] if state == "taken" else [0] * 5
        print(f"kill {number + 1} after {moment * 1000:.0f} ms: {state}, {gained[0]} experts more")
        if gained != whole:
            wrong.append(f"kill {number + 1}: {state} with {gained}")
    print(f"{amid} of {kills} kills fell before the work was done (seed {seed})")
    return wrong


def take(number: str) -> None:
    """What the process does that is killed."""
    from interviews.models import ExpertImport
    from interviews.services import imports

    row = ExpertImport.objects.select_related("by").get(pk=number)
    print("ready", flush=True)
    imports.take(row=row, decisions={}, by=row.by)


def xlsx_of(data: bytes) -> bytes:
    import csv

    import openpyxl

    book: Any = openpyxl.Workbook()
    for line in csv.reader(io.StringIO(data.decode())):
        book.active.append(line)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def main() -> None:
    words = argparse.ArgumentParser()
    for name, value in (("--rows", 1_000), ("--bad", 50), ("--kills", 10), ("--seed", 7)):
        words.add_argument(name, type=int, default=value)
    words.add_argument("--take")
    given = words.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("DATA_DIR", folder)
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
        import django

        django.setup()
        from django.conf import settings
        from django.db import connection

        if given.take:
            settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = os.environ["BENCH_DATABASE"]
            take(given.take)
            return
        usual = connection.settings_dict["NAME"]
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        try:
            wrong = measured(given.rows, given.bad) + killed(given.rows, given.kills, given.seed)
        finally:
            connection.creation.destroy_test_db(str(usual), verbosity=0)
    print("\n".join(wrong) or "nothing wrong")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
