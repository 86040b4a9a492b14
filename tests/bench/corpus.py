"""A folder of real transcripts through the whole spine: `python -m tests.bench.corpus FOLDER [--kills N]`.

Prints the seconds of import and of clearance by command, of tagging by a real worker on the embedded default, and the
worker's memory. With --kills the worker is ended by kill -9 that many times while it tags, the tagging is done a second
time without kills, and the two sets of suggestions are compared.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SAME = """
    SELECT r.cleared_id, p.start, p."end", s.question_id, s.score, s.stance, s.basis
    FROM synthesis_suggestion s
    JOIN synthesis_run r ON r.id = s.run_id
    JOIN synthesis_passage p ON p.id = s.passage_id
"""


class Worker:
    """A Celery worker with beat, in a process group that can be killed, whose memory is watched."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.peak = 0.0
        self.start()

    def start(self) -> None:
        command = [
            sys.executable,
            "-m",
            "celery",
            "-A",
            "config",
            "worker",
            "--beat",
            "--schedule",
            str(self.folder / "beat"),
        ]
        command += ["--loglevel", "WARNING", "--without-gossip", "--without-mingle"]
        log = (self.folder / "worker.log").open("ab")
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, start_new_session=True)

    def kill(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def look(self) -> None:
        """Add up the proportional memory of the whole group, in MB, and keep the peak."""
        total = 0
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                if os.getpgid(int(entry.name)) == self.process.pid:
                    total += int(
                        next(
                            x for x in (entry / "smaps_rollup").read_text().splitlines() if x.startswith("Pss:")
                        ).split()[1]
                    )
            except (OSError, StopIteration):
                continue
        self.peak = max(self.peak, total / 1024)


def manage(*arguments: str) -> None:
    subprocess.run([sys.executable, "manage.py", *arguments], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def timed(label: str, *arguments: str) -> None:
    start = time.perf_counter()
    manage(*arguments)
    print(f"{label:<44} {time.perf_counter() - start:6.1f} s", flush=True)


def set_up(folder: Path) -> str:
    """The tables, the people and an empty programme for the folder; its slug."""
    import django

    django.setup()
    from django.core.management import call_command

    from interviews.models import ClearedTranscript
    from research import sample
    from synthesis.management.commands.demo import corpus_programme
    from synthesis.nlp import build_encoder

    call_command("migrate", verbosity=0)
    build_encoder(Path(os.environ["ENCODER_DIR"]))
    sample.load(demo=True)
    assert not ClearedTranscript.objects.exists()
    return corpus_programme(folder).slug


def tag(slug: str, folder: Path, kills: int) -> tuple[float, float, int]:
    """Tag everything; seconds, peak MB, and how many kills hit a running job."""
    from accounts.models import Job

    manage("tag_programme", slug)
    start, worker = time.perf_counter(), Worker(folder)
    left, hits, last = kills, 0, time.monotonic()
    while Job.objects.open().exists():
        time.sleep(0.5)
        worker.look()
        running = [job.owner.split(":")[2] for job in Job.objects.filter(state="running")]
        alive = [pid for pid in running if Path(f"/proc/{pid}").exists() and os.getpgid(int(pid)) == worker.process.pid]
        if left and alive and time.monotonic() - last > 4:
            worker.kill()
            left, hits, last = left - 1, hits + 1, time.monotonic()
            worker.start()
    seconds = time.perf_counter() - start
    worker.kill()
    return seconds, worker.peak, hits


def suggestions() -> list[tuple]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(SAME)
        return sorted(cursor.fetchall())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--kills", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        os.environ |= {
            "DATA_DIR": scratch,
            "ENCODER_DIR": f"{scratch}/encoder",
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }
        slug = set_up(options.folder.resolve())
        timed("import, read and map by command", "import_transcripts", str(options.folder), "--programme", slug)
        from accounts.models import Job, User
        from interviews.models import ClearedTranscript

        first, second = User.objects.filter(role="compliance").order_by("email")[:2]
        timed(
            "clear by command, two people",
            "clear_transcripts",
            "--programme",
            slug,
            "--first",
            first.email,
            "--second",
            second.email,
        )
        words = sum(ClearedTranscript.objects.values_list("words", flat=True))
        print(f"{ClearedTranscript.objects.count()} transcripts, {words} words cleared")
        seconds, peak, hits = tag(slug, Path(scratch), options.kills)
        print(
            f"{'tagging by the worker':<44} {seconds:6.1f} s   {words / seconds:.0f} words/s, peak {peak:.0f} MB, {hits} kills"
        )
        got = suggestions()
        print(f"{len(got)} suggestions, {len({row[:4] for row in got})} distinct")
        if options.kills:
            from synthesis.models import Run

            Run.objects.all().delete()
            Job.objects.filter(kind="tag").delete()
            seconds, _, _ = tag(slug, Path(scratch), 0)
            again = suggestions()
            lost, doubled, extra = len(set(again) - set(got)), len(got) - len(set(got)), len(set(got) - set(again))
            print(f"the same without kills {seconds:.1f} s: lost {lost}, doubled {doubled}, extra {extra}")


if __name__ == "__main__":
    main()
