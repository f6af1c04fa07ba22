"""One pass from outside: feeds and pages on loopback, a real mail server and a real web receiver as channels.

The first passes are processes, as a user starts them; the others run in this one.
"""

import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

import pytest
from programs import ENVIRON, Ran, command, run, run_here
from receivers import MailReceiver, WebReceiver, mail, web
from sites import Reply, Request, site

DECISION = {"type", "entry", "title", "url", "outlet", "watch", "outcome", "reason", "story", "duplicate_of", "novelty"}
ALERT = {
    "type", "id", "watch", "story", "revision", "headline", "new", "known", "changed", "outlets", "independent",
    "matched",
}  # fmt: skip


@dataclass(frozen=True)
class Story:
    """An article as a test tells it."""

    id: str
    title: str
    paragraphs: tuple[str, ...]

    @property
    def html(self) -> bytes:
        body = "".join(f"<p>{escape(each)}</p>" for each in self.paragraphs)
        page = f"<title>{escape(self.title)}</title><article><h1>{escape(self.title)}</h1>{body}</article>"
        return f"<!DOCTYPE html><html lang='en'><head><meta charset='utf-8'>{page}</html>".encode()


BRIDGE = Story(
    "bridge",
    "Mali: flood sweeps away the bridge at Kayes",
    (
        "A flood on Tuesday swept away the road bridge at Kayes in western Mali, the transport ministry said.",
        "Forty lorries are stuck on the Senegalese side of the river, according to the hauliers' union.",
        "Army engineers began to build a pontoon on Wednesday and expect to open it within ten days.",
        "The bridge, finished in 1999, carried most of the goods that Bamako buys from the port of Dakar.",
    ),
)
GOLD = Story(
    "gold",
    "Gold mine in Mali closes after its roof falls in",
    (
        "The owners of the Loulou gold mine in Mali stopped all work on Friday after part of its roof came down.",
        "Seven miners were brought out alive and two are still missing, rescue workers told reporters.",
        "Wagner men who guard the road to the mine let no journalist through, a local radio station said.",
        "The mine paid a tenth of the country's taxes last year.",
    ),
)
GOLD_REWRITE = Story(
    "gold-rewrite",
    "Roof falls in at gold mine in Mali, work stopped",
    (
        "All work at the Loulou gold mine in Mali was stopped on Friday by its owners after part of its roof fell.",
        "Rescue workers told reporters that seven miners were brought out alive and that two are still missing.",
        "A local radio station said that Wagner men, who guard the road to the mine, let no journalist through.",
    ),
)
OPERA = Story("opera", "A new season at the opera", ("The opera opens its season with three new singers on Sunday.",))


@dataclass
class Newsroom:
    """Feeds and pages; `answers` stands before both: a status, bytes, or seconds (float) to hang."""

    feeds: dict[str, list[Story]] = field(default_factory=dict)
    answers: dict[str, int | bytes | float] = field(default_factory=dict)
    hits: list[tuple[str, int]] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)
    port: int = 0

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def feed(self, name: str) -> bytes:
        items = "".join(
            f"<item><guid>{each.id}</guid><title>{escape(each.title)}</title><link>{self.url(f'/page/{each.id}')}</link>"
            f"<description>{escape(each.paragraphs[0])}</description></item>"
            for each in reversed(self.feeds[name])
        )
        return f'<?xml version="1.0"?><rss version="2.0"><channel><title>{name}</title>{items}</channel></rss>'.encode()

    def answer(self, path: str) -> int | bytes | float:
        if path in self.answers:
            return self.answers[path]
        if path.startswith("/feed/"):
            return self.feed(path.removeprefix("/feed/"))
        pages = {f"/page/{each.id}": each.html for stories in self.feeds.values() for each in stories}
        return pages.get(path, 404)


@contextmanager
def newsroom(**feeds: list[Story]) -> Iterator[Newsroom]:
    room = Newsroom(feeds=dict(feeds))

    def answer(request: Request) -> Reply | None:
        given = room.answer(request.path)
        if isinstance(given, float):
            room.hits.append((request.path, 0))
            room.over.wait(given)
            return None
        body, status = (given, 200) if isinstance(given, bytes) else (b"<h1>no</h1>", given)
        tag = f'"{hash(body)}"'
        if status == 200 and request.header("If-None-Match") == tag:
            body, status = b"", 304
        room.hits.append((request.path, status))
        is_feed = request.path.startswith("/feed/") and request.path not in room.answers
        kind = "application/rss+xml" if is_feed else "text/html; charset=utf-8"
        return Reply(body=body, status=status, headers={"Content-Type": kind, "ETag": tag})

    with site(answer) as room.port:
        try:
            yield room
        finally:
            room.over.set()


@dataclass
class Desk:
    """A configuration in a folder of its own, and the program run on it."""

    folder: Path
    config: dict[str, Any]

    def write(self) -> Path:
        path = self.folder / "monitor.yaml"
        path.write_text(json.dumps(self.config), encoding="utf-8")  # JSON is YAML
        return path

    def run(self, *words: str) -> Ran:
        return run(self.write(), "--json", *words, cwd=self.folder)

    def run_here(self, *words: str) -> Ran:
        return run_here(self.write(), "--json", *words)


IDLE = [{"type": "summary", "entries": 0, "alerts": 0, "stories": 0, "duplicates": 0}]  # a pass with nothing to say


def desk(
    folder: Path, room: Newsroom, *, letters: MailReceiver | None = None, posts: WebReceiver | None = None
) -> Desk:
    urls = {
        "mail": f"mailto://127.0.0.1:{letters.port}/?from=desk@example.org&to=reader@example.org" if letters else "",
        "hook": f"json://127.0.0.1:{posts.port}/hook" if posts else "",
    }
    channels = [{"name": name, "url": url, "allow_private": True} for name, url in urls.items() if url]
    config = {
        "version": 1,
        "feeds": [{"name": name, "url": room.url(f"/feed/{name}"), "outlet": name.title()} for name in room.feeds],
        "watches": [{"name": "mali", "match": "Mali", "novelty": {"embedder": "none"}}],
        "channels": channels,
        "route": {"to": [each["name"] for each in channels]},
        "fetch": {"allow_private": True, "host_gap": "0s"},
    }
    return Desk(folder=folder, config=config)


def text_of(letter: Any) -> str:
    return str(letter.get_body(("plain",)).get_content())


# --- pages that are none; begun first and looked at last, because one of them hangs for as long as pages may --------

ODD = {
    "empty": Story("empty", "Mali signs a treaty with Ghana on cotton", ("Mali and Ghana signed a treaty on cotton.",)),
    "huge": Story("huge", "Mali buys six trains from Portugal", ("Mali bought six used trains from Portugal.",)),
    "hangs": Story("hangs", "Mali sends its wrestlers to Dakar", ("Mali sends nine wrestlers to the games in Dakar.",)),
}


@pytest.fixture(scope="module", autouse=True)
def odd_pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Newsroom, subprocess.Popen[str]]]:
    with newsroom(odd=list(ODD.values())) as room:
        room.answers |= {"/page/empty": b"", "/page/huge": b"<p>" + b"word " * (4 * 1024 * 1024), "/page/hangs": 40.0}
        at = desk(tmp_path_factory.mktemp("odd"), room)
        process = subprocess.Popen(
            command(at.write(), "--json", "once", "--backfill"), cwd=at.folder, env=ENVIRON,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
        )  # fmt: skip
        try:
            yield room, process
        finally:
            if process.poll() is None:
                process.kill()
            process.communicate()


# --- the tests --------------------------------------------------------------------------------------------------------


def test_a_new_entry_becomes_one_mail_and_one_post_and_is_never_told_again(tmp_path: Path) -> None:
    with newsroom(wire=[BRIDGE, OPERA]) as room, mail() as letters, web() as posts:
        at = desk(tmp_path, room, letters=letters, posts=posts)

        first = at.run("once")
        assert (first.code, first.err) == (0, "")
        assert first.decisions == [(BRIDGE.title, "mali", "learnt"), (OPERA.title, None, "unmatched")]
        assert first.of("decision")[0]["reason"] == "first_poll"
        assert not letters.letters
        assert not posts.requests

        room.feeds["wire"].append(GOLD)
        asked = len(room.hits)
        assert at.run_here("once").lines == IDLE  # the feed has its own time
        assert len(room.hits) == asked

        second = at.run("once", "--now")
        assert (second.code, second.err) == (0, "")
        assert [line["type"] for line in second.lines] == ["decision", "alert", "summary"]
        [letter], [(_, headers, body)] = letters.letters, posts.requests
        assert letter["Subject"] == GOLD.title
        sent = json.loads(body)
        for told in (text_of(letter), f"{sent['title']}\n{sent['message']}"):
            assert GOLD.title in told
            assert room.url("/page/gold") in told
        alert = second.of("alert")[0]
        assert headers["X-Idempotency-Key"] == f"{alert['id']}.hook"
        assert letter["Message-ID"] == f"<{alert['id']}.mail@example.org>"
        assert BRIDGE.title not in text_of(letter)

        asked = len(room.hits)
        third = at.run_here("once", "--now")
        assert (third.code, third.lines) == (0, IDLE)
        assert room.hits[asked:] == [("/feed/wire", 304)]
        assert (len(letters.letters), len(posts.requests)) == (1, 1)


def test_a_receiver_that_is_down_gets_its_alert_later_and_once(tmp_path: Path) -> None:
    with newsroom(wire=[GOLD]) as room, web(503, 200) as posts, mail() as letters:
        at = desk(tmp_path, room, posts=posts, letters=letters)
        first = at.run("once", "--backfill")
        assert first.code == 1
        assert "hook" in first.err
        assert "503" in first.err
        assert "Traceback" not in first.err
        assert first.decisions == [(GOLD.title, "mali", "alerted")]
        assert len(letters.letters) == 1  # the other channel does not suffer

        waits = at.run_here("once")
        assert (waits.code, len(posts.requests)) == (0, 1)  # the retry has its own time

        again = at.run_here("once", "--now")
        assert (again.code, again.err) == (0, "")
        assert at.run_here("once", "--now").code == 0
        [(_, before, _), (_, after, _)] = posts.requests
        assert before["X-Idempotency-Key"] == after["X-Idempotency-Key"]
        assert len(letters.letters) == 1
        [stored] = at.run_here("alerts").of("alert")
        assert all(each["sent_at"][10] == each["next_at"][10] == "T" for each in stored["deliveries"])  # ISO 8601
        assert {each["channel"]: (each["state"], each["attempts"]) for each in stored["deliveries"]} == {
            "hook": ("sent", 2), "mail": ("sent", 1),
        }  # fmt: skip


def test_two_watches_get_two_decisions_and_two_alerts(tmp_path: Path) -> None:
    with newsroom(wire=[GOLD, OPERA]) as room:
        at = desk(tmp_path, room)
        at.config["watches"].append({"name": "wagner", "match": ["Wagner"], "novelty": {"embedder": "none"}})
        ran = at.run_here("once", "--backfill")
    assert [line["type"] for line in ran.lines] == ["decision", "alert", "decision", "alert", "decision", "summary"]
    assert ran.decisions == [
        (GOLD.title, "mali", "alerted"), (GOLD.title, "wagner", "alerted"), (OPERA.title, None, "unmatched"),
    ]  # fmt: skip
    mali, wagner = ran.of("alert")
    assert mali["id"] != wagner["id"]
    assert mali["story"] != wagner["story"]
    assert "Wagner" in wagner["matched"]
    for decision, alert in zip(ran.of("decision"), ran.of("alert"), strict=False):
        assert (alert["watch"], alert["story"]) == (decision["watch"], decision["story"])

    for line in ran.of("decision"):
        assert line.keys() >= DECISION
        assert isinstance(line["entry"], str)
    for line in ran.of("alert"):
        assert line.keys() >= ALERT
        assert line["revision"] == 1
        assert line["headline"] == GOLD.title
        assert all(each.keys() >= {"text", "entry", "outlet", "date"} for each in line["new"])
        assert {each["text"] for each in line["new"]} <= set(GOLD.paragraphs)
    unmatched = ran.of("decision")[-1]
    assert [unmatched[key] for key in ("watch", "story", "duplicate_of", "novelty")] == [None] * 4
    assert ran.lines[-1] == {"type": "summary", "entries": 2, "alerts": 2, "stories": 2, "duplicates": 0}


def test_a_copy_and_a_rewrite_of_what_was_told_stay_silent(tmp_path: Path) -> None:
    with newsroom(wire=[GOLD], daily=[OPERA], herald=[OPERA]) as room, web() as posts:
        at = desk(tmp_path, room, posts=posts)
        assert len(at.run_here("once", "--backfill").of("alert")) == 1
        copy = Story("copy", GOLD.title, ("(Agency) - " + GOLD.paragraphs[0], *GOLD.paragraphs[1:]))
        room.feeds["daily"].append(copy)
        room.feeds["herald"].append(GOLD_REWRITE)
        ran = at.run_here("once", "--now")
    assert (ran.code, ran.of("alert"), len(posts.requests)) == (0, [], 1)
    copied, rewritten = sorted(ran.of("decision"), key=lambda line: str(line["outlet"]))
    assert (copied["outcome"], copied["outlet"]) == ("duplicate", "Daily")
    assert copied["duplicate_of"]
    assert (rewritten["outcome"], rewritten["outlet"]) in (("known", "Herald"), ("duplicate", "Herald"))
    assert copied["story"] == rewritten["story"]
    assert ran.of("summary")[0]["duplicates"] >= 1


def test_a_feed_that_breaks_is_told_as_it_breaks_and_heals_and_costs_the_others_nothing(tmp_path: Path) -> None:
    """Three failures in a row make it `down`, once; the first answer makes it `back`, once."""
    with newsroom(dead=[OPERA], page=[OPERA], well=[BRIDGE]) as room:
        at = desk(tmp_path, room)
        room.answers |= {"/feed/dead": 500, "/feed/page": b"<!DOCTYPE html><html><h1>We are moving house</h1></html>"}
        seen = []
        for n in range(4):
            ran = at.run_here("once", "--now")
            assert ran.code == 1
            assert ran.err.splitlines() == [
                f"feed dead: {room.url('/feed/dead')}: answered 500",
                f"feed page: {room.url('/feed/page')}: is a web page, not a feed",
            ]
            assert len(ran.of("decision")) == (1 if n == 0 else 0)
            seen.append([(line["feed"], line["state"]) for line in ran.of("notice")])
            assert all(line["reason"] for line in ran.of("notice"))
        assert seen == [[], [], [("dead", "down"), ("page", "down")], []]

        room.answers.clear()
        healed = at.run_here("once", "--now")
        assert (healed.code, healed.err) == (0, "")
        assert sorted((line["feed"], line["state"]) for line in healed.of("notice")) == [
            ("dead", "back"), ("page", "back"),
        ]  # fmt: skip
        assert [line["outcome"] for line in healed.of("decision")] == ["unmatched", "unmatched"]


@pytest.mark.slow
def test_where_a_page_is_empty_huge_or_hangs_the_summary_speaks(
    odd_pages: tuple[Newsroom, subprocess.Popen[str]],
) -> None:
    room, process = odd_pages
    stdout, stderr = process.communicate(timeout=90)
    lines = [json.loads(line) for line in stdout.splitlines()]
    alerts = {line["headline"]: line for line in lines if line["type"] == "alert"}
    assert process.returncode == 0, stderr
    assert alerts.keys() == {story.title for story in ODD.values()}
    for story in ODD.values():
        assert [each["text"] for each in alerts[story.title]["new"]] == list(story.paragraphs)
    assert ("/page/hangs", 0) in room.hits
    assert "Traceback" not in stderr
