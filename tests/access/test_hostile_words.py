"""Markup in every field that a person or a file can fill: every page that can be reached shows it as words."""

import re
from html import unescape

import pytest

from interviews.models import Expert, Interview, Speaker, Transcript
from research.models import Claim, Fund, Incident, KeyQuestion, Programme, Segment, Source, Statement
from synthesis.services import findings, summaries
from tests.factories import make_interview, make_suggestion, make_transcript
from tests.synthesis import evidence as play

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\"'><b>{{ 7|add:7 }} =1+1"
SENTENCE = "</script><script>alert</script><img src=x onerror=alert> say {Q1.bear}."
MARKUP = re.compile(rb"<script>alert|<img src=x|<b>\{\{|<b>14", re.IGNORECASE)
LINK = re.compile(r'(?:href|hx-get|src)="([^"#]*)')
LEAVE = ("/static/", "/accounts/logout", "http:", "https:", "mailto:", "data:")


@pytest.fixture
def hostile(cast, monkeypatch):
    """The small programme of evidence, hostile in the words of the call and in every field around it."""
    words = f"{HOSTILE} after the outage."
    monkeypatch.setattr(play, "BEAR", words)
    monkeypatch.setattr(play, "CALLS", [("customers", HOSTILE, [words, HOSTILE]), *play.CALLS[1:]])
    evidence = play.make_evidence(cast)
    Programme.objects.filter(pk=cast.programme.pk).update(
        title=HOSTILE, question=HOSTILE, subject=HOSTILE, thesis=HOSTILE, bull_case=HOSTILE, bear_case=HOSTILE
    )
    Segment.objects.update(title=HOSTILE[:80], description=HOSTILE)
    KeyQuestion.objects.update(title=HOSTILE, text=HOSTILE, definition=HOSTILE, bear_signpost=HOSTILE, terms=[HOSTILE])
    Source.objects.update(title=HOSTILE, publisher=HOSTILE, published=HOSTILE[:40], note=HOSTILE)
    Claim.objects.update(title=HOSTILE)
    Incident.objects.update(title=HOSTILE, when=HOSTILE[:40])
    Statement.objects.update(text=HOSTILE)
    Expert.objects.update(descriptor=HOSTILE)
    Fund.objects.filter(pk=cast.heron.pk).update(name=HOSTILE)
    open_text = make_transcript(make_interview(cast.programme, cast.ana), turns=[("expert", HOSTILE)])
    Transcript.objects.update(filename=HOSTILE, message=HOSTILE, format=HOSTILE[:40])
    Transcript.objects.update(loss={"dropped": [{"what": HOSTILE, "why": HOSTILE, "example": HOSTILE, "count": 1}]})
    Speaker.objects.filter(transcript=open_text).update(label=HOSTILE, guess_reason=HOSTILE)
    Interview.objects.update(notes=HOSTILE)
    make_suggestion(evidence.texts[1], "Outages are weather.", evidence.q1)
    summary = summaries.draft_summary(cleared=evidence.texts[0], by=cast.ana)
    summaries.approve_summary(summary=summary, by=cast.ben)
    play.make_approved(evidence, SENTENCE)
    findings.write_finding(programme=cast.programme, question=evidence.q1, sentence=SENTENCE, by=cast.ana)
    findings.write_answer(programme=cast.programme, text=SENTENCE, by=cast.ana)
    findings.approve_answer(programme=cast.programme, by=cast.ben)
    play.make_released(evidence)
    return evidence


def crawl(client, start: str, most: int = 400) -> dict[str, tuple[int, bytes]]:
    """Status and markup of every address that links lead to; a download has no markup."""
    seen: dict[str, tuple[int, bytes]] = {}
    waiting = [start]
    while waiting and len(seen) < most:
        path = waiting.pop()
        if path in seen or path.startswith(LEAVE) or not path.startswith("/"):
            continue
        answer = client.get(path)
        page = answer.get("Content-Type", "").startswith("text/html")
        seen[path] = answer.status_code, answer.content if page else b""
        assert page or answer.get("Content-Disposition", "attachment").startswith("attachment"), path
        if answer.status_code == 302:
            waiting.append(answer.url)
        if page:
            for link in LINK.findall(answer.content.decode()):
                link = unescape(link)
                waiting.append(path.split("?")[0] + link if link.startswith("?") else link)
    return seen


@pytest.mark.parametrize(("who", "least"), [("ana", 40), ("cora", 40), ("ada", 12), ("rita", 6)])
def test_hostile_words_stay_words_on_every_page(client, hostile, who, least):
    client.force_login(getattr(hostile.cast, who))
    pages = crawl(client, "/")
    assert {path: status for path, (status, _) in pages.items() if status not in (200, 302, 403)} == {}
    assert {path: hit.group() for path, (_, body) in pages.items() if (hit := MARKUP.search(body))} == {}
    assert len(pages) >= least, sorted(pages)
    assert any(b"&lt;script&gt;alert" in body for _, body in pages.values())
