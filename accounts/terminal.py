"""A progress bar for commands: a moving line on a terminal, one line a step elsewhere."""

import time
from collections.abc import Callable, Iterable

from accounts.models import Job, JobState


class Bar:
    """A labelled bar; `bar(done, total)` draws it, and leaving the block ends its line."""

    def __init__(self, label: str, out):
        self.label, self.out = label, out
        self.live = out.isatty()
        self.started, self.shown = time.monotonic(), ""

    def __enter__(self) -> "Bar":
        if not self.live:
            self.out.write(f"{self.label} …\n")
            self.out.flush()
        return self

    def __call__(self, done: int, total: int, note: str = "") -> None:
        if not self.live or not total:
            return
        filled = int(28 * done / total)
        line = f"\r{self.label:<34} [{'█' * filled}{'·' * (28 - filled)}] {done:>4}/{total:<4} {note}"
        if line != self.shown:
            self.out.write(line.ljust(len(self.shown)))
            self.out.flush()
            self.shown = line

    def __exit__(self, *exc: object) -> None:
        seconds = f"{time.monotonic() - self.started:.1f} s"
        self.out.write(f"  {seconds}\n" if self.live else f"  {self.label}: {seconds}\n")
        self.out.flush()


def watch(
    label: str,
    kinds: Iterable[str],
    scope: object,
    out,
    *,
    each: Callable[[], None] = lambda: None,
    patience: float = 3600,
) -> None:
    """Show the ledger's progress until no job of these kinds is open in this programme.

    Raises TimeoutError after `patience` seconds without an end, and RuntimeError with the sentence of each job that failed.
    """
    jobs, end = Job.objects.filter(kind__in=list(kinds), scope=str(scope)), time.monotonic() + patience
    before = set(jobs.exclude(state__in=[JobState.PENDING, JobState.RUNNING]).values_list("pk", flat=True))
    with Bar(label, out) as bar:
        while True:
            mine = [job for job in jobs.only("state", "done", "total", "kind", "subject") if job.pk not in before]
            still = [job for job in mine if job.state in (JobState.PENDING, JobState.RUNNING)]
            bar(len(mine) - len(still), len(mine))
            if not still:
                break
            if time.monotonic() > end:
                raise TimeoutError(
                    f"{label}: {len(still)} jobs are still open after {patience:.0f} s. The worker's log is in the data folder."
                )
            each()
            time.sleep(0.25)
    failed = jobs.filter(state__in=[JobState.FAILED, JobState.QUARANTINED]).exclude(pk__in=before)
    if sentences := list(failed.values_list("message", flat=True)):
        raise RuntimeError(f"{label}: {len(sentences)} failed. First: {sentences[0]}")
