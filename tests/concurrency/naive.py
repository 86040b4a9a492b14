"""What the ledger replaces: a task that relies on the broker alone."""

import os
import time
from pathlib import Path

from celery import Celery

folder = Path(os.environ.get("MARKS", "/tmp")) / "broker"
(folder / "messages").mkdir(parents=True, exist_ok=True)
app = Celery("naive", broker="filesystem://")
app.conf.broker_transport_options = {k: str(folder / "messages") for k in ("data_folder_in", "data_folder_out")} | {
    "control_folder": str(folder / "control")
}
app.conf.task_acks_late = True
app.conf.task_reject_on_worker_lost = True


@app.task
def mark(number: int) -> None:
    marks = Path(os.environ["MARKS"])
    (marks / f"started-{number}").touch()
    time.sleep(0.3)
    (marks / f"done-{number}").touch()
