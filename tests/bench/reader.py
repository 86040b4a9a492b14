"""How long the reader of a long transcript takes: `python -m tests.bench.reader [words] [tags]`.

Prints server time and queries of the page, the time of a saved decision (both over the test client, in process), and the
time from navigation until text, highlights and script are ready in headless Chromium against a real web server.
"""

import os
import socket
import statistics
import subprocess
import sys
import time
from typing import Any

from tests.bench.case import long_interview, scratch, sign_in

RUNS = 7


def spread(values: list[float]) -> str:
    return f"median {statistics.median(values):.0f} ms ({min(values):.0f} to {max(values):.0f})"


def server(cleared: Any, user: Any) -> None:
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client()
    client.force_login(user)
    address, times = f"/read/{cleared.pk}/", []
    client.get(address)
    for _ in range(RUNS):
        start = time.perf_counter()
        page = client.get(address)
        times.append(1000 * (time.perf_counter() - start))
        assert page.status_code == 200
    with CaptureQueriesContext(connection) as queries:
        client.get(address)
    marks = page.content.count(b"<mark ")
    print(f"page      {spread(times)}, {len(queries)} queries, {len(page.content) // 1024} kB, {marks} pieces")


def decisions(cleared: Any, user: Any) -> None:
    from django.test import Client

    from synthesis.models import Suggestion

    client, times = Client(), []
    client.force_login(user)
    for suggestion in Suggestion.objects.open().filter(run__cleared=cleared)[: 3 * RUNS]:
        fields = {"action": "accept", "suggestion": str(suggestion.pk)}
        start = time.perf_counter()
        answer = client.post(f"/read/{cleared.pk}/decide/", fields, headers={"accept": "application/json"})
        times.append(1000 * (time.perf_counter() - start))
        assert answer.status_code in (200, 409), answer.content
    print(f"decision  {spread(times)}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def browser(cleared: Any, user: Any) -> None:
    from playwright.sync_api import sync_playwright

    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{port}", "--workers", "1"]
    env, cookie = os.environ | {"DEBUG": "1"}, sign_in(user)
    web = subprocess.Popen([*command, "--threads", "4", "--log-level", "error"], env=env)  # noqa: S603
    try:
        with sync_playwright() as play:
            chromium = play.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"])
            context = chromium.new_context(viewport={"width": 1440, "height": 900})
            context.add_cookies([{**cookie, "url": f"http://127.0.0.1:{port}"}])
            page = context.new_page()
            address = f"http://127.0.0.1:{port}/read/{cleared.pk}/"
            wait_for(port)
            page.goto(address)
            times = [navigate(page, address) for _ in range(RUNS)]
            elements = page.evaluate("document.getElementsByTagName('*').length")
            print(f"chromium  {spread(times)}, {elements} elements")
            chromium.close()
    finally:
        web.terminate()
        web.wait()


def navigate(page: Any, address: str) -> float:
    """Milliseconds until every highlight is in the document, the script has run and a frame was painted after it."""
    start = time.perf_counter()
    page.goto(address, wait_until="commit")
    page.wait_for_selector("[data-reader][data-ready] .said mark", state="attached")
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return 1000 * (time.perf_counter() - start)


def wait_for(port: int) -> None:
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise SystemExit("The web server did not start.")


def main() -> None:
    words, tags = (int(value) for value in (sys.argv[1:3] or ("24000", "600")))
    scratch()
    cleared, user = long_interview(words, tags)
    print(f"{len(cleared.text.split())} words, {cleared.turns.count()} turns, {tags} tags")
    server(cleared, user)
    decisions(cleared, user)
    browser(cleared, user)


if __name__ == "__main__":
    main()
