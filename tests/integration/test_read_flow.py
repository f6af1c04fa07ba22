"""What becomes of an entry's page: read, read by a lesser reader, put off, or left for the summary; and why."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from desk_samples import FEED, NOW, ListedSource, claim_all, desk_of
from programs import Line, Ran, run_here
from sites import Reply, Request, site

from monitor.errors import FetchError, NoWorkerError, SourceError
from monitor.model.article import Article, Barrier, Entry, Page, Reader
from monitor.model.feed import FeedEntry, NotModified, Validators
from monitor.model.judgement import Alert
from monitor.pipeline.assess import assess_waiting
from monitor.pipeline.desk import Desk
from monitor.pipeline.listing import entry_of
from monitor.pipeline.passes import one_pass
from monitor.pipeline.read import MAX_TEXT_CHARS, MOST_PAUSE, PAUSES, read_waiting
from monitor.pipeline.replay import ReplayedClock, replay
from monitor.service.daemon import Daemon
from monitor.service.notify import Notifier
from monitor.sources.http import Client
from monitor.sources.read_page import ReadPage
from monitor.sources.web import WebSource
from monitor.sources.workers import Workers
from monitor.store import entries, outbox
from monitor.store.engine import StoreError
from monitor.telemetry import metrics

SUMMARY = "The ferry Orla sank on Monday with 210 people aboard, its master said."
TEXT = f"{SUMMARY} Divers of the navy of Tarvik found the wreck at noon on Tuesday, 40 metres under the sea."
Answer = ReadPage | NotModified | Exception


class Clock:
    """A time that a test sets."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


class Pages(ListedSource):
    """Gives pages as it was told, the last of each address again and again."""

    def __init__(self, **pages: list[Answer]) -> None:
        super().__init__(())
        self.pages = pages
        self.asked: list[tuple[str, Validators | None]] = []

    async def page(self, url: str, *, allow_private: bool, conditions: Any = None) -> Any:
        self.asked.append((url, conditions))
        return self._next(url.rpartition("/")[2])

    async def page_of(self, html: bytes, url: str | None) -> Any:
        return self._next(html.decode())

    def _next(self, name: str) -> ReadPage | NotModified:
        answers = self.pages[name]
        given = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(given, Exception):
            raise given
        return given


def page(text: str = TEXT, **says: Any) -> ReadPage:
    return ReadPage(page=Page(title="Ferry Orla sinks, its page says", text=text, **says))


def listed(name: str = "a", **says: Any) -> FeedEntry:
    told: dict[str, Any] = {"guid": name, "title": f"Ferry Orla sinks: {name}", "summary": SUMMARY}
    return FeedEntry(**{**told, "url": f"https://wire.example/{name}"} | says)


def put(desk: Desk, *entry: FeedEntry) -> None:
    made = [entry_of(FEED, each, now=desk.now()) for each in entry]
    desk.store.write_now(lambda tx: entries.place(tx, made))


def put_elsewhere(desk: Desk, entry: FeedEntry) -> None:
    """List an entry in another feed."""
    made = replace(entry_of(FEED, entry, now=desk.now()), feed="other", id="other")
    desk.store.write_now(lambda tx: entries.add(tx, [made]))


def read(desk: Desk, **how: Any) -> dict[str, Article]:
    """Read what waits; return all articles by the name of their address, or of their guid."""
    asyncio.run(read_waiting(desk, **how))

    def found(tx: Any) -> list[Article]:
        places = tx.exec_driver_sql("SELECT entry FROM article ORDER BY entry").scalars().all()
        return [entries.article(tx, n) for n in places]

    return {(each.entry.url or each.entry.guid).rpartition("/")[2]: each for each in desk.store.write_now(found)}


def desk_with(source: Pages, clock: Callable[[], datetime] = lambda: NOW) -> Desk:
    return desk_of(source=source, now=clock)


def counted(outcome: str) -> int:
    return metrics.counted("monitor_pages_total").get(outcome, 0)


def one(answer: Answer, **says: Any) -> Article:
    desk = desk_with(Pages(a=[answer]))
    put(desk, listed(**says))
    [article] = read(desk).values()
    return article


# --- what a page tells ------------------------------------------------------------------------------------------------


def test_an_article_has_what_its_page_says() -> None:
    before = counted("read")
    told = page(author="Ann Lee", site="Wire", date="2024-05-01", language="fi", canonical="https://wire.example/b")
    article = one(replace(told, canonical_key="https://wire.example/b"))
    assert (article.text, article.reader, article.problem) == (TEXT, Reader.PAGE, None)
    assert (article.author, article.site, article.dated) == ("Ann Lee", "Wire", "2024-05-01")
    assert article.canonical_key == "https://wire.example/b"
    assert article.title == "Ferry Orla sinks: a"
    assert article.language == "fi"  # until somebody asks for it and it is found out
    assert counted("read") == before + 1


def test_a_title_and_a_language_that_nothing_else_tells_are_the_pages() -> None:
    article = one(ReadPage(page=Page(title="123", text="4 567 890", language="fi")), title="", summary="")
    assert (article.title, article.language) == ("123", "fi")


def test_a_date_is_the_feeds_and_never_the_pages() -> None:
    """A page's date is read from whatever looks like one; it is shown and decides nothing."""
    dated = page(date="2019-01-01")
    assert one(dated).date == NOW
    assert one(dated, published=NOW - timedelta(hours=3)).date == NOW - timedelta(hours=3)


def test_an_article_read_by_the_lesser_reader_says_so() -> None:
    before = counted("degraded")
    article = one(replace(page(is_degraded=True), problem="a simpler reader had to do: was stopped after 8 s"))
    assert (article.reader, article.is_degraded, article.text) == (Reader.PAGE, True, TEXT)
    assert article.problem == "a simpler reader had to do: was stopped after 8 s"
    assert counted("degraded") == before + 1


def test_a_text_without_end_ends() -> None:
    assert len(one(page("word " * MAX_TEXT_CHARS)).text) == MAX_TEXT_CHARS


# --- pages that are no article ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "outcome", "problem"),
    [
        (page(barrier=Barrier.PAY_WALL), "walled", "the page is behind a pay wall"),
        (page(barrier=Barrier.CONSENT_WALL), "walled", "the page is behind a consent wall"),
        (page(barrier=Barrier.ERROR_PAGE), "walled", "the page is an error page"),
        (page(""), "empty", "no article was found on the page"),
        (page("THE FERRY ORLA — sank on Monday…"), "teaser", "the page holds less than the feed's own summary"),
        (FetchError("answered 404", url="https://wire.example/a", transient=False), "failed",
         "https://wire.example/a: answered 404"),
    ],
)  # fmt: skip
def test_for_a_page_that_is_no_article_the_summary_speaks(given: Answer, outcome: str, problem: str) -> None:
    before = counted(outcome)
    article = one(given)
    assert (article.text, article.reader, article.problem) == (SUMMARY, Reader.SUMMARY, problem)
    assert counted(outcome) == before + 1


def test_a_page_that_says_what_the_summary_says_is_no_teaser() -> None:
    assert one(page(SUMMARY)).reader is Reader.PAGE
    assert one(page(SUMMARY.replace(",", "").replace(".", ""))).reader is Reader.PAGE
    assert one(page("Short."), summary="").reader is Reader.PAGE


WALL = "We are sorry: this reader is not known here. Sign in, or come back when you are."


def test_the_third_page_of_a_host_with_the_same_text_is_a_wall() -> None:
    """In any language; the first two of them cannot be told from articles."""
    desk = desk_with(Pages(a=[page(WALL)], b=[page(WALL)], c=[page(WALL)], d=[page(WALL)]))
    put(desk, *(listed(name, summary="", published=NOW - timedelta(minutes=9 - at)) for at, name in enumerate("abcd")))
    readers = [article.reader for article in read(desk).values()]
    assert readers == [Reader.PAGE, Reader.PAGE, Reader.SUMMARY, Reader.SUMMARY]


def test_one_article_at_three_addresses_is_no_wall() -> None:
    desk = desk_with(Pages(a=[page()], b=[page()], c=[page()]))
    put(desk, *(listed(name, title="Ferry Orla sinks") for name in "abc"))
    assert {article.reader for article in read(desk).values()} == {Reader.PAGE}


def test_two_titles_make_no_wall() -> None:
    desk = desk_with(Pages(a=[page()], b=[page()], c=[page()]))
    put(
        desk,
        *(
            listed(name, title=f"Ferry {title} sinks")
            for name, title in zip("abc", ("Orla", "Una", "Orla"), strict=True)
        ),
    )
    assert {article.reader for article in read(desk).values()} == {Reader.PAGE}


def test_other_hosts_make_no_wall() -> None:
    desk = desk_with(Pages(a=[page()], b=[page()], c=[page()]))
    put(desk, *(listed(name, url=f"https://{name}.example/{name}") for name in "abc"))
    assert {article.reader for article in read(desk).values()} == {Reader.PAGE}


# --- pages that cannot be had now -------------------------------------------------------------------------------------

DOWN = FetchError("answered 503", url="https://wire.example/a", status=503)
NOBODY = NoWorkerError("no worker process could be started")


@pytest.mark.parametrize("failure", [DOWN, NOBODY])
def test_a_page_is_asked_for_three_times_with_pauses(failure: SourceError) -> None:
    clock, source = Clock(), Pages(a=[failure])
    desk = desk_with(source, clock)
    put(desk, listed())
    for pause in PAUSES:
        assert read(desk, is_patient=True) == {}
        clock.now += pause - timedelta(seconds=1)
        assert read(desk, is_patient=True) == {}
        clock.now += timedelta(seconds=1)
    article = read(desk, is_patient=True)["a"]
    assert (article.text, article.problem) == (SUMMARY, str(failure))
    assert len(source.asked) == 3


@pytest.mark.parametrize("failure", [DOWN, NOBODY])
def test_a_page_that_comes_back_is_read(failure: SourceError) -> None:
    clock = Clock()
    before = counted("later")
    desk = desk_with(Pages(a=[failure, page()]), clock)
    put(desk, listed())
    assert read(desk, is_patient=True) == {}
    clock.now += PAUSES[0]
    assert read(desk, is_patient=True)["a"].text == TEXT
    assert counted("later") == before + 1


@pytest.mark.parametrize(("asked_s", "is_waited_for"), [(200, True), (MOST_PAUSE.total_seconds() + 1, False)])
def test_a_host_that_asks_for_a_pause_gets_it_if_that_is_short(asked_s: float, is_waited_for: bool) -> None:
    clock = Clock()
    failure = FetchError("answered 429", url="u", status=429, retry_after_s=asked_s, host="wire.example")
    desk = desk_with(Pages(a=[failure, page()]), clock)
    put(desk, listed())
    assert (read(desk, is_patient=True) == {}) is is_waited_for
    clock.now += timedelta(seconds=asked_s)
    assert read(desk, is_patient=True)["a"].reader is (Reader.PAGE if is_waited_for else Reader.SUMMARY)


def test_a_page_that_will_not_come_is_not_waited_for() -> None:
    desk = desk_with(Pages(a=[FetchError("answered 410", url="u", status=410, transient=False)]))
    put(desk, listed())
    assert read(desk, is_patient=True)["a"].reader is Reader.SUMMARY


def test_a_daemon_waits_and_a_pass_does_not() -> None:
    desk = desk_with(Pages(a=[DOWN]))
    put(desk, listed())
    asyncio.run(Daemon(desk, Notifier(address=None, watchdog_interval_s=None))._read_pages())
    assert read_now(desk) == 0
    desk.store.write_now(entries.release_all)
    ended = asyncio.run(
        one_pass(desk, everything=False, on_assessed=lambda _: None, on_notice=lambda _: None, on_told=lambda _: None)
    )
    assert ended.entries == read_now(desk) == 1


def read_now(desk: Desk) -> int:
    return int(desk.store.write_now(lambda tx: tx.exec_driver_sql("SELECT count(*) FROM article").scalar()) or 0)


def test_a_pass_without_workers_leaves_its_entries_to_the_next_one() -> None:
    clock = Clock()
    desk = desk_with(Pages(a=[NOBODY, page()]), clock)
    put(desk, listed())
    assert read(desk) == {}
    clock.now += PAUSES[0]
    assert read(desk)["a"].text == TEXT


def test_nothing_is_lost_while_no_worker_can_be_had() -> None:
    wire = Site("a")
    wire.pages["a"] = html(TEXT)

    async def run(*, is_closed: bool) -> None:
        workers = Workers(1)
        if is_closed:
            await workers.close()
        try:
            async with Client(gap_s=0) as client:
                await read_waiting(replace(desk, source=WebSource(client, workers)), is_patient=True)
        finally:
            await workers.close()

    clock = Clock()
    desk = replace(desk_of(now=clock), feeds={"wire": replace(FEED, allow_private=True)})
    with site(wire.answer) as wire.port:
        put(desk, listed(url=f"http://127.0.0.1:{wire.port}/a"))
        asyncio.run(run(is_closed=True))
        assert read_now(desk) == 0
        clock.now += PAUSES[0]
        asyncio.run(run(is_closed=False))
    assert read(desk)["a"].text == TEXT


def test_a_replay_waits_for_workers_on_its_own_clock() -> None:
    clock = ReplayedClock()
    source = Pages(a=[NOBODY, NOBODY, page()])
    desk = desk_of(source=source, now=clock)

    async def run() -> list[str]:
        return [each.entry.guid async for each in replay(desk, [FeedEntry(guid="a", title="", html=b"a")], clock)]

    assert asyncio.run(run()) == ["a"]
    assert read(desk)["a"].text == TEXT


class Hanging(Pages):
    """Gives no page of one host until it is told to."""

    def __init__(self, host: str, **pages: list[Answer]) -> None:
        super().__init__(**pages)
        self._host = host
        self.go_on = asyncio.Event()
        self.most = 0

    async def page(self, url: str, *, allow_private: bool, conditions: Any = None) -> Any:
        if self._host in url:
            self.most += 1
            await self.go_on.wait()
        return await super().page(url, allow_private=allow_private, conditions=conditions)


def test_a_host_that_hangs_holds_up_no_other_ones_pages() -> None:
    """Nor those that are listed while it hangs."""
    source = Hanging("slow.example", a=[page()])
    desk = desk_with(source)
    put(desk, *(listed(f"s{n}", url=f"https://slow.example/{n}/a") for n in range(60)))
    put(desk, *(listed(f"q{n}", url=f"https://{n}.example/a") for n in range(60)))

    async def run() -> None:
        done: asyncio.Queue[None] = asyncio.Queue()
        reading = asyncio.create_task(read_waiting(desk, on_read=lambda: done.put_nowait(None)))
        for _ in range(60):
            await done.get()
        late = entry_of(FEED, listed("late", url="https://late.example/a"), now=NOW)
        await desk.store.write(lambda tx: entries.place(tx, [late]))
        await done.get()
        assert source.most == entries.MOST_OF_HOST
        source.go_on.set()
        assert await reading == 121

    asyncio.run(asyncio.wait_for(run(), 30))


def test_two_entries_at_one_address_are_read_once() -> None:
    source = Pages(a=[page()])
    desk = desk_with(source)
    put(desk, listed("1", url="https://wire.example/a"), listed("2", url="https://wire.example/a"))
    asyncio.run(read_waiting(desk))
    assert read_now(desk) == 2
    assert len(source.asked) == 1


@pytest.mark.parametrize(
    ("title", "hours", "asked"),
    [("Ferry Orla sinks: a", 1, 1), ("Ferry Orla sinks: a", 7, 2), ("Captain arrested", 1, 2)],
    ids=["listed alike", "listed alike much later", "another headline"],
)
def test_a_page_without_a_summary_is_asked_again_when_it_may_be_another(title: str, hours: int, asked: int) -> None:
    """Live pages are rewritten in place; feeds without summaries say so by their headlines alone."""
    now = [NOW]
    source = Pages(a=[page()])
    desk = desk_with(source, lambda: now[0])
    put(desk, listed(summary=""))
    read(desk)
    now[0] += timedelta(hours=hours)
    put_elsewhere(desk, listed(title=title, summary=""))
    read(desk)
    assert len(source.asked) == asked


def test_what_another_host_answered_in_its_place_is_not_its_page() -> None:
    elsewhere = replace(page(), validators=Validators(url="https://other.example/a"))
    source = Pages(a=[elsewhere])
    desk = desk_with(source)
    put(desk, listed())
    read(desk)
    put_elsewhere(desk, listed())
    read(desk)
    assert len(source.asked) == 2


def test_a_page_that_was_read_meanwhile_is_not_put_off() -> None:
    desk = desk_with(Pages(a=[page()]))
    put(desk, listed())
    read(desk)
    [held] = desk.store.write_now(lambda tx: claim_all(tx, "read", now=NOW, lease="judge"))
    desk.store.write_now(lambda tx: entries.put_off(tx, held.n, until=NOW))
    assert desk.store.write_now(lambda tx: claim_all(tx, "read", now=NOW, lease="other")) == ()


def test_what_the_store_refuses_is_raised_once_the_others_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    keep = entries.put_article

    def refuse(tx: Any, stored: entries.Stored, *rest: Any, **more: Any) -> None:
        if stored.entry.guid == "a":
            raise StoreError("the disk is full")
        keep(tx, stored, *rest, **more)

    desk = desk_with(Pages(a=[page()]))
    put(desk, *(listed(name, url=f"https://{name}.example/a") for name in "abc"))
    monkeypatch.setattr(entries, "put_article", refuse)
    with pytest.raises(StoreError, match="the disk is full"):
        asyncio.run(read_waiting(desk))
    assert read_now(desk) == 2


# --- edits ------------------------------------------------------------------------------------------------------------

TAGGED = Validators(etag='"1"', last_modified="Thu, 02 May 2024 10:00:00 GMT", url="https://wire.example/final")
MORE = f"{TEXT} On Wednesday the mayor of Tarvik, Karin Lund, ordered that all ferries stay in port for a week."


def edited(**says: Any) -> FeedEntry:
    return listed(**{"summary": f"{SUMMARY} Divers have found the wreck."} | says)


def editions(desk: Desk) -> list[Entry]:
    def found(tx: Any) -> list[Entry]:
        places = tx.exec_driver_sql("SELECT n FROM entry ORDER BY n").scalars().all()
        return [entries.with_stage(tx, n)[0] for n in places]

    return [each for each in desk.store.write_now(found) if "\n" in each.guid]


def judge(desk: Desk) -> list[str]:
    async def run() -> list[str]:
        return [str(each.decisions[0].outcome) async for each in assess_waiting(desk)]

    return asyncio.run(run())


def test_an_edited_entry_is_read_and_judged_once_more() -> None:
    source = Pages(a=[replace(page(), validators=TAGGED), page(MORE)])
    desk = desk_with(source)
    put(desk, listed())
    read(desk)
    assert judge(desk) == ["alerted"]
    put(desk, edited())
    assert read(desk)["a"].text == MORE
    assert source.asked == [("https://wire.example/a", None), ("https://wire.example/a", TAGGED)]
    [outcome] = judge(desk)
    assert outcome in ("alerted", "known", "duplicate")


@pytest.mark.parametrize(
    ("was", "now", "outcome"), [("210", "230", "alerted"), ("Divers", "Divverrs", "duplicate"), ("40", "50", "alerted")]
)
def test_an_edition_is_judged_on_the_sentences_that_changed(was: str, now: str, outcome: str) -> None:
    desk = desk_with(Pages(a=[page(), page(TEXT.replace(was, now))]))
    put(desk, listed())
    read(desk)
    assert judge(desk) == ["alerted"]
    put(desk, edited())
    read(desk)
    assert judge(desk) == [outcome]
    alerts = desk.store.write_now(lambda tx: outbox.alerts(tx, limit=9))
    corrected = [
        (each.changed[0].was, each.changed[0].now) for each in alerts if isinstance(each, Alert) and each.corrects
    ]
    assert corrected == ([(was, now)] if outcome == "alerted" else [])


def test_a_page_that_has_not_changed_is_not_sent_again_and_says_nothing_new() -> None:
    source = Pages(a=[replace(page(author="Ann Lee"), validators=TAGGED), NotModified(validators=Validators())])
    clock = Clock()
    desk = desk_with(source, clock)
    put(desk, listed())
    read(desk)
    judge(desk)
    for _ in range(2):
        clock.now += timedelta(hours=1)
        put(desk, edited(summary=f"{SUMMARY} It is {clock.now:%H} o'clock."))
        article = read(desk)["a"]
        assert (article.text, article.author, article.entry.guid[:2]) == (TEXT, "Ann Lee", "a\n")
        assert judge(desk) == ["duplicate"]
    assert [conditions for _, conditions in source.asked] == [None, TAGGED, TAGGED]


def test_a_feed_that_edits_at_each_poll_gets_few_editions() -> None:
    clock = Clock()
    desk = desk_with(Pages(a=[page()]), clock)
    put(desk, listed())
    read(desk)
    seen = []
    for minute in range(0, 60 * 6, 10):
        clock.now = NOW + timedelta(minutes=10 + minute)
        put(desk, edited(summary=f"{SUMMARY} Seen {minute} times."))
        put(desk, edited(summary=f"{SUMMARY} Seen {minute} times."))
        read(desk)
        seen.append(len(editions(desk)))
    assert seen == [1] * 6 + [2] * 6 + [3] * 24
    assert [each.first_seen - NOW for each in editions(desk)] == [timedelta(minutes=10 + 60 * n) for n in range(3)]
    assert not any(each.is_first_poll for each in editions(desk))


@pytest.mark.parametrize("says", [{"url": None}, {"text": "All of it."}, {"html": b"a"}])
def test_only_what_has_a_page_has_editions(says: dict[str, Any]) -> None:
    desk = desk_with(Pages(a=[page()]))
    put(desk, listed(**says))
    read(desk)
    put(desk, edited(**says))
    assert editions(desk) == []


def test_what_nobody_has_read_is_read_as_it_is_listed_now() -> None:
    desk = desk_with(Pages(a=[page()]))
    put(desk, listed())
    put(desk, edited())
    assert editions(desk) == []
    assert read(desk)["a"].entry.summary == edited().summary


def test_an_edition_is_no_entry_that_its_feed_listed() -> None:
    """Under whatever guid the feed lists it from now on, it is the entry itself."""
    desk = desk_with(Pages(a=[page()]))
    put(desk, listed())
    read(desk)
    put(desk, edited())
    for summary in (edited().summary, f"{edited().summary} Again."):
        again = entry_of(FEED, listed(guid="other", summary=summary), now=NOW)
        placed = desk.store.write_now(lambda tx, again=again: entries.place(tx, [again]))["wire"]  # type: ignore[misc]
        assert (placed.added, placed.renamed, placed.known) == ((), 1, 1)
    assert len(editions(desk)) == 1


def test_another_feed_that_lists_an_edited_article_gets_its_last_text() -> None:
    source = Pages(a=[page(), page(MORE)])
    desk = desk_with(source)
    put(desk, listed())
    read(desk)
    put(desk, edited())
    read(desk)
    other = replace(entry_of(FEED, edited(), now=NOW), feed="other", id="other", guid="x")
    desk.store.write_now(lambda tx: entries.add(tx, [other]))
    assert read(desk)["a"].text == MORE
    assert len(source.asked) == 2


# --- all of it over real sockets --------------------------------------------------------------------------------------


class Site:
    """A feed of entries and their pages."""

    def __init__(self, *stories: str) -> None:
        self.stories = list(stories)
        self.summary = SUMMARY
        self.pages: dict[str, bytes] = {}
        self.robots = b""
        self.asked: list[tuple[str, str | None]] = []
        self.port = 0

    def answer(self, request: Request) -> Reply:
        self.asked.append((request.path, request.header("If-None-Match")))
        if request.path == "/feed":
            items = "".join(
                f"<item><guid>{name}</guid><title>Ferry Orla sinks: {name}</title><description>{self.summary}"
                f"</description><link>http://127.0.0.1:{self.port}/{name}</link></item>"
                for name in self.stories
            )
            return Reply(body=f"<rss version='2.0'><channel><title>t</title>{items}</channel></rss>".encode())
        if request.path == "/robots.txt":
            return Reply(body=self.robots, headers={"Content-Type": "text/plain"})
        body = self.pages.get(request.path[1:], b"")
        tag = f'"{len(body)}"'
        if request.header("If-None-Match") == tag:
            return Reply(status=304, headers={"ETag": tag})
        return Reply(body=body, headers={"Content-Type": "text/html", "ETag": tag}, status=200 if body else 404)


def html(*paragraphs: str, head: str = "") -> bytes:
    body = "".join(f"<p>{each}</p>" for each in paragraphs)
    return f"<html><head>{head}</head><body><article><h1>Ferry Orla sinks</h1>{body}</article></body></html>".encode()


def program(folder: Path, port: int, **fetch: Any) -> Callable[..., Ran]:
    path = folder / "monitor.yaml"
    config = {
        "version": 1,
        "feeds": [{"name": "wire", "url": f"http://127.0.0.1:{port}/feed", "first_poll": "judge"}],
        "watches": [{"name": "all", "match": "*:*", "novelty": {"embedder": "none"}}],
        "fetch": {"allow_private": True, "host_gap": "0s"} | fetch,
    }
    path.write_text(json.dumps(config))
    return lambda *words: run_here(path, "--json", *words)


def history(run: Callable[..., Ran], url: str) -> list[Line]:
    return run("why", url).of("history")


@pytest.mark.parametrize("heeds", [True, False])
def test_robots_txt_holds_unless_it_is_left_alone(heeds: bool, tmp_path: Path) -> None:
    wire = Site("a")
    wire.pages["a"] = html(TEXT)
    wire.robots = b"User-agent: *\nDisallow: /"
    with site(wire.answer) as wire.port:
        run = program(tmp_path, wire.port, robots=heeds)
        assert run("once").code == 0
        [told] = history(run, f"http://127.0.0.1:{wire.port}/a")
    assert [path for path, _ in wire.asked] == (["/feed", "/robots.txt"] if heeds else ["/feed", "/a"])
    assert told["reader"] == ("summary" if heeds else "page")
    assert ("robots.txt asks not to read it" in (told["problem"] or "")) is heeds


def test_why_tells_who_wrote_a_page_when_and_how_it_was_read(tmp_path: Path) -> None:
    wire = Site("a", "b")
    head = "<meta name='author' content='Ann Lee'><meta property='article:published_time' content='2024-05-01'>"
    wire.pages["a"] = html(TEXT, head=head)
    wire.pages["b"] = html(MORE, "<b></b>" * 31_000)
    with site(wire.answer) as wire.port:
        run = program(tmp_path, wire.port)
        assert run("once").code == 0
        [read], [simply] = (history(run, f"http://127.0.0.1:{wire.port}/{name}") for name in "ab")
        said = run_here(tmp_path / "monitor.yaml", "why", f"http://127.0.0.1:{wire.port}/a").out
        simply_said = run_here(tmp_path / "monitor.yaml", "why", f"http://127.0.0.1:{wire.port}/b").out
    assert (read["reader"], read["degraded"], read["author"], read["page_date"]) == (
        "page", False, "Ann Lee", "2024-05-01",
    )  # fmt: skip
    assert "the page says: by Ann Lee, of 2024-05-01" in said
    assert (simply["reader"], simply["degraded"]) == ("page", True)
    assert "holds more than 30,000 tags" in simply["problem"]
    assert "by the simpler reader" in simply_said


def test_an_edit_asks_the_page_whether_it_has_changed(tmp_path: Path) -> None:
    wire = Site("a")
    wire.pages["a"] = html(TEXT)
    with site(wire.answer) as wire.port:
        run = program(tmp_path, wire.port)
        assert [line["outcome"] for line in run("once").of("decision")] == ["alerted"]
        tag = f'"{len(wire.pages["a"])}"'
        wire.summary += " Its name was Orla."
        [decision] = run("once", "--now").of("decision")
        assert (decision["outcome"], decision["title"]) == ("duplicate", "Ferry Orla sinks: a")
        assert wire.asked[-1] == ("/a", tag)
        wire.summary += " It was old."
        assert run("once", "--now").of("decision") == []  # within the hour
        assert wire.asked[-1][0] == "/feed"
