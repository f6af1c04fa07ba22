"""What each kind of answer leads to: when the feed is polled next, where, and how it stands."""

import asyncio
import gzip
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime

import pytest
from desk_samples import claim_all
from poll_lab import EVERY, KIND, NOW, entry, poll_lab, polled, rss, run, sharing
from servers import Answer, Request, answer

from monitor.model.feed import Rung
from monitor.model.feed_state import standing
from monitor.sources.parse import MAX_ENTRY_CHARS
from monitor.store import entries, feeds

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FIRST = answer(rss("One"), ETag='"1"', **KIND)
SAME = answer(rss("One"), **KIND)
JITTER = 1.1
OLDER = '<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="prev-archive" href="/older"/>'


@pytest.fixture(scope="module", autouse=True)
def shared() -> Iterator[None]:
    with sharing():
        yield


async def _junk(_: Request, writer: asyncio.StreamWriter) -> None:
    writer.write(b"hello, I am no HTTP server\r\n\r\n")
    await writer.drain()
    writer.close()


async def _gone_at_once(_: Request, writer: asyncio.StreamWriter) -> None:
    writer.close()


def _at(moment: timedelta) -> str:
    return format_datetime(NOW + moment, usegmt=True)


# The answer to the second poll; how long until the third one; how the feed stands; the rung, or a word of the error.
ONE_POLL: dict[str, tuple[Answer, timedelta, timedelta, str, str]] = {
    "304": (answer(status=304), EVERY, EVERY * JITTER, "ok", "not_modified"),
    "304-max-age": (answer(status=304, Cache_Control="max-age=7200"), 2 * HOUR, 2 * HOUR, "ok", "not_modified"),
    "same-body": (SAME, EVERY, EVERY * JITTER, "ok", "same_body"),
    "same-body-same-etag": (FIRST, EVERY, EVERY * JITTER, "ok", "same_body"),
    "other-body-same-etag": (answer(rss("Two", "One"), ETag='"1"', **KIND), EVERY, EVERY * JITTER, "ok", "delta"),
    "same-entries": (answer(rss("One", head="<ttl>0</ttl>"), **KIND), EVERY, EVERY * JITTER, "ok", "same_entries"),
    "max-age": (answer(rss("One"), Cache_Control="public, max-age=3600", **KIND), HOUR, HOUR, "ok", "same_body"),
    "max-age-giant": (answer(rss("One"), Cache_Control="max-age=99999999999", **KIND), DAY, DAY, "ok", "same_body"),
    "max-age-no-cache": (answer(rss("One"), Cache_Control="no-cache, max-age=3600", **KIND), EVERY, EVERY * JITTER, "ok", "same_body"),
    "expires": (answer(rss("One"), Date=_at(-HOUR), Expires=_at(HOUR), **KIND), 2 * HOUR, 2 * HOUR, "ok", "same_body"),
    "expires-0": (answer(rss("One"), Expires="0", **KIND), EVERY, EVERY * JITTER, "ok", "same_body"),
    "ttl": (answer(rss("Two", "One", head="<ttl>120</ttl>"), **KIND), 2 * HOUR, 2 * HOUR, "ok", "delta"),
    "ttl-too-long": (answer(rss("Two", "One", head="<ttl>99999</ttl>"), **KIND), EVERY, EVERY * JITTER, "ok", "delta"),
    "skip-hours": (
        answer(rss("Two", "One", head="<skipHours><hour>13</hour><hour>14</hour></skipHours><ttl>70</ttl>"), **KIND),
        2 * HOUR, 3 * HOUR, "ok", "delta",
    ),
    "226": (answer(rss("Two"), status=226, IM="feed", **KIND), EVERY, EVERY * JITTER, "ok", "delta"),
    "226-unasked": (answer(rss("Two"), status=226, **KIND), 2 * EVERY, 2 * EVERY * JITTER, "failing", "226"),
    "204": (answer(status=204), 2 * EVERY, 2 * EVERY * JITTER, "failing", "204"),
    "206": (answer(rss("One"), status=206, **KIND), 2 * EVERY, 2 * EVERY * JITTER, "failing", "206"),
    "301-nowhere": (answer(status=301), 2 * EVERY, 2 * EVERY * JITTER, "failing", "without saying where"),
    "401": (answer(status=401), 2 * EVERY, 2 * EVERY * JITTER, "failing", "answered 401"),
    "403": (answer(status=403), 2 * EVERY, 2 * EVERY * JITTER, "failing", "answered 403"),
    "404": (answer(status=404), 2 * EVERY, 2 * EVERY * JITTER, "failing", "answered 404"),
    "410": (answer(status=410), 2 * EVERY, 2 * EVERY * JITTER, "gone", "answered 410"),
    "429": (answer(status=429), 2 * EVERY, 2 * EVERY * JITTER, "failing", "answered 429"),
    "429-seconds": (answer(status=429, Retry_After="7200"), 2 * HOUR, 2 * HOUR, "failing", "answered 429"),
    "429-epoch": (answer(status=429, Retry_After="999999999999"), DAY, DAY, "failing", "answered 429"),
    "429-negative": (answer(status=429, Retry_After="-5"), 2 * EVERY, 2 * EVERY * JITTER, "failing", "answered 429"),
    "429-garbage": (answer(status=429, Retry_After="soon"), 2 * EVERY, 2 * EVERY * JITTER, "failing", "answered 429"),
    "503-date": (
        answer(status=503, Date=_at(timedelta(0)), Retry_After=_at(3 * HOUR)), 3 * HOUR, 3 * HOUR, "failing", "503",
    ),
    "503-past": (
        answer(status=503, Date=_at(timedelta(0)), Retry_After=_at(-HOUR)), 2 * EVERY, 2 * EVERY * JITTER, "failing", "503",
    ),
    "503-2199": (
        answer(status=503, Retry_After="Wed, 01 Jan 2199 00:00:00 GMT"), DAY, DAY, "failing", "answered 503",
    ),
    "500-seconds": (answer(status=500, Retry_After="7200"), 2 * HOUR, 2 * HOUR, "failing", "answered 500"),
    "500": (answer(status=500), 2 * EVERY, 2 * EVERY * JITTER, "failing", "answered 500"),
    "empty": (answer(b"", **KIND), 2 * EVERY, 2 * EVERY * JITTER, "failing", "is empty"),
    "page": (answer(b"<!DOCTYPE html><html></html>"), 2 * EVERY, 2 * EVERY * JITTER, "failing", "is a web page"),
    "gzip-truncated": (
        answer(gzip.compress(rss("Two"))[:-9], Content_Encoding="gzip", ETag='"2"'),
        2 * EVERY, 2 * EVERY * JITTER, "failing", "broke off",
    ),
    "length-huge": (answer(b"rss", length=99999999999999), 2 * EVERY, 2 * EVERY * JITTER, "failing", "larger than"),
    "junk": (_junk, 2 * EVERY, 2 * EVERY * JITTER, "failing", "broken HTTP|closed"),
    "close": (_gone_at_once, 2 * EVERY, 2 * EVERY * JITTER, "failing", "closed the connection"),
}  # fmt: skip


@pytest.mark.parametrize("name", list(ONE_POLL))
def test_one_answer(name: str) -> None:
    given, least, most, stands, said = ONE_POLL[name]
    lab, state, wait = polled([FIRST, given])
    assert standing(state) == stands
    assert least <= wait <= most, (wait, state.next_why)
    assert state.memory.url is None
    if stands == "ok":
        assert str(state.rung) == said
        assert state.health.error is None
    else:
        assert any(word in (state.health.error or "") for word in said.split("|")), state.health.error
        assert state.memory.validators.etag == '"1"'  # a failure keeps what the next poll needs
        assert lab.desk.feeds["wire"].url in (state.health.error or "") or name == "page"


def test_a_304_that_nobody_asked_for_is_an_error() -> None:
    _, state, _ = polled([answer(status=304)])
    assert standing(state) == "failing"
    assert "304" in (state.health.error or "")


def test_a_304_that_says_nothing_leaves_it_as_fresh_as_its_feed_was() -> None:
    whole = answer(rss("One"), ETag='"1"', Cache_Control="max-age=7200", **KIND)
    _, state, wait = polled([whole, answer(status=304), answer(status=304)])
    assert wait == 2 * HOUR
    assert state.rung is Rung.NOT_MODIFIED


def test_a_304_touches_nothing_but_freshness() -> None:
    _, before, _ = polled([FIRST])
    _, after, _ = polled([FIRST, answer(status=304, ETag='"1"')])
    assert after.memory.window == before.memory.window
    assert after.memory.validators.body_hash == before.memory.validators.body_hash
    assert after.rhythm.new_at == before.rhythm.new_at
    assert after.hints == before.hints


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_one_redirect_is_followed_and_rewrites_nothing(status: int) -> None:
    async def work() -> None:
        async with poll_lab(answer(status=status, Location="/there")) as lab:
            lab.server.answers["/there"] = FIRST
            await lab.poll()
            assert lab.titles == ["One"]
            assert lab.state.memory.url is None
            assert (lab.state.move is not None) == (status in (301, 308))
            await lab.poll_when_due()
            asked = [(request.target, request.headers.get("if-none-match")) for request in lab.server.requests]
            assert asked == [("/feed", None), ("/there", None), ("/feed", None), ("/there", '"1"')]

    run(work())


def test_a_permanent_redirect_is_taken_over_after_three_polls_over_a_day_and_given_up_when_it_fails() -> None:
    async def work() -> None:
        async with poll_lab(answer(status=301, Location="/there")) as lab:
            lab.server.answers["/there"] = FIRST
            for hours in (0, 13, 13):
                await lab.poll(timedelta(hours=hours))
            there = lab.server.url("/there")
            assert lab.state.memory.url == there
            lab.server.requests.clear()
            await lab.poll_when_due()
            assert [request.target for request in lab.server.requests] == ["/there"]
            del lab.server.answers["/there"]
            lab.server.answers["/feed"] = FIRST
            for _ in range(3):
                await lab.poll_when_due()
            assert lab.state.memory.url is None
            await lab.poll_when_due()
            assert standing(lab.state) == "ok"
            assert {"moved", "moved_back", "down", "back"} == {event.kind for _, event in lab.detail.events}

    run(work())


def test_a_feed_does_not_move_to_where_another_one_is_polled() -> None:
    async def work() -> None:
        async with poll_lab(answer(status=308, Location="/there")) as lab:
            lab.server.answers["/there"] = FIRST
            other = replace(lab.feed, name="other", url=lab.server.url("/there"))
            lab.desk.store.write_now(lambda tx: feeds.sync(tx, [lab.feed, other], now=NOW))
            lab.desk.store.write_now(lambda tx: feeds.respread(tx, {"other": NOW + 99 * DAY}, "the test says so"))
            for hours in (0, 13, 13):
                lab.now += timedelta(hours=hours)
                await lab.poll()
            assert lab.state.memory.url is None
            assert "same_as" in [event.kind for _, event in lab.detail.events]

    run(work())


def test_a_feed_that_does_not_move_says_what_else_happened() -> None:
    async def work() -> None:
        moved = answer(status=308, Location="/there")
        async with poll_lab(moved) as lab:
            lab.server.answers["/there"] = FIRST
            other = replace(lab.feed, name="other", url=lab.server.url("/there"))
            lab.desk.store.write_now(lambda tx: feeds.sync(tx, [lab.feed, other], now=NOW))
            lab.desk.store.write_now(lambda tx: feeds.respread(tx, {"other": NOW + 99 * DAY}, "the test says so"))
            for given, hours in ((moved, 0), (moved, 13), *((answer(status=500), 7) for _ in range(3)), (moved, 7)):
                await lab.poll(timedelta(hours=hours), given)
            assert [event.kind for _, event in lab.detail.events] == ["same_as", "back", "down"]

    run(work())


def test_redirects_without_end_are_given_up() -> None:
    _, state, _ = polled([answer(status=302, Location="/feed")])
    assert "more than 5 redirects" in (state.health.error or "")


def test_what_is_gone_for_a_day_is_asked_once_a_day() -> None:
    _, state, wait = polled([FIRST, answer(status=410), answer(status=410)], steps=[timedelta(0), HOUR, DAY])
    assert standing(state) == "gone"
    assert DAY <= wait <= DAY * JITTER


def test_a_host_that_asked_for_a_pause_is_not_asked_for_anything() -> None:
    async def work() -> None:
        async with poll_lab(answer(status=503, Retry_After="3600")) as lab:
            await lab.poll()
            lab.server.requests.clear()
            await lab.poll(timedelta(minutes=59), FIRST)
            assert lab.server.requests == []
            assert lab.detail.health.host_held_until == NOW + HOUR

    run(work())


# --- entries ----------------------------------------------------------------------------------------------------------


def test_what_a_226_does_not_list_has_not_gone() -> None:
    partial = answer(rss("Two"), status=226, IM="feed", **KIND)
    lab, state, _ = polled([FIRST, partial, answer(rss("Three", "Two", "One"), **KIND)])
    assert state.rung is Rung.DELTA
    assert lab.server.requests[0].headers["a-im"] == "feed"


def test_edits_are_stored_and_changed_guids_are_no_news() -> None:
    async def work() -> None:
        words = "<description>The ferry Orla sank on Monday with 210 people aboard.</description>"
        async with poll_lab(answer(rss(entry("Ferry sinks", more=words)), **KIND)) as lab:
            await lab.poll()
            renamed = entry("Ferry sinks", guid="tag:new", link="/Ferry-sinks?utm_source=rss", more=words)
            found = await lab.poll_when_due(answer(rss(renamed), **KIND))
            assert (found.added, lab.state.health.changed_guids) == (0, 1)
            edited = entry("Ferry sinks", more=words.replace("210", "214"))
            found = await lab.poll_when_due(answer(rss(edited), **KIND))
            assert found.added == 0
            assert lab.titles == ["Ferry sinks"]
            with lab.desk.store.read() as tx:
                says = [row[0] for row in tx.exec_driver_sql("SELECT summary FROM entry")]
            assert says == ["The ferry Orla sank on Monday with 214 people aboard."]

    run(work())


@pytest.mark.parametrize("has_archive", [True, False])
def test_entries_that_came_and_went_between_two_polls(has_archive: bool) -> None:
    """200 new ones, 30 of them still listed: the archive brings the others, or their loss is said."""

    async def work() -> None:
        async with poll_lab(answer(rss("Old one", "Older one"), **KIND)) as lab:
            await lab.poll()
            titles = [f"Story number {n}" for n in range(200)]
            pages = [titles[at : at + 30] for at in range(0, 200, 30)]  # newest first
            pages[-1].append("Old one")
            for n, page in enumerate(pages):
                archive = (
                    f'<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="prev-archive" href="/page/{n + 1}"/>'
                )
                head = archive if has_archive and n + 1 < len(pages) else ""
                lab.server.answers[f"/page/{n}" if n else "/feed"] = answer(rss(*page, head=head), **KIND)
            found = await lab.poll_when_due()
            assert found.added == (200 if has_archive else 30)
            assert lab.state.health.gaps == (not has_archive)
            assert [str(notice.state) for notice in found.notices] == ([] if has_archive else ["gap"])
            if has_archive:
                assert lab.titles[2:] == titles[::-1]  # oldest first
            assert (await lab.poll_when_due()).added == 0

    run(work())


def test_one_226_after_another_brings_what_each_lists() -> None:
    answers = [
        FIRST,
        *(answer(rss(title), status=226, IM="feed", ETag=f'"{title}"', **KIND) for title in ("Two", "Three")),
    ]

    async def work() -> None:
        async with poll_lab() as lab:
            for given in answers:
                await lab.poll_when_due(given)
            assert lab.titles == ["One", "Two", "Three"]

    run(work())


def test_an_older_page_that_fails_once_loses_nothing() -> None:
    async def work() -> None:
        async with poll_lab(answer(rss("Old one"), **KIND)) as lab:
            await lab.poll()
            lab.server.answers["/older"] = answer(status=503)
            found = await lab.poll_when_due(answer(rss("Story 3", "Story 2", head=OLDER), **KIND))
            assert found.error is not None
            assert lab.titles == ["Old one"]
            lab.server.answers["/older"] = answer(rss("Story 1", "Old one", "Ancient one"), **KIND)
            await lab.poll_when_due()
            assert lab.titles == ["Old one", "Ancient one", "Story 1", "Story 2", "Story 3"]
            with lab.desk.store.read() as tx:
                learnt = tx.exec_driver_sql("SELECT title FROM entry WHERE is_first_poll ORDER BY n").scalars().all()
            assert learnt == ["Ancient one"]  # it was never missed: it stands before what is known

    run(work())


def test_an_older_page_that_never_comes_keeps_back_nothing_for_good() -> None:
    async def work() -> None:
        async with poll_lab(answer(rss("Old one"), **KIND)) as lab:
            await lab.poll()
            lab.server.answers["/older"] = answer(status=500)
            lab.server.answers["/feed"] = answer(rss("Story 3", head=OLDER), **KIND)
            results = [await lab.poll_when_due() for _ in range(3)]
            assert [bool(each.error) for each in results] == [True, True, False]
            assert lab.titles == ["Old one", "Story 3"]
            assert lab.state.health.gaps == 1

    run(work())


@pytest.mark.parametrize("status", [404, 410])
def test_an_older_page_that_is_gone_says_nothing_of_the_feed_and_delays_nothing(status: int) -> None:
    async def work() -> None:
        async with poll_lab(answer(rss("Old one"), **KIND)) as lab:
            await lab.poll()
            lab.server.answers["/older"] = answer(status=status)
            found = await lab.poll_when_due(answer(rss("Story 3", head=OLDER), **KIND))
            assert (found.error, found.added) == (None, 1)
            assert (standing(lab.state), lab.state.health.gaps) == ("ok", 1)

    run(work())


@pytest.mark.parametrize(
    "odd",
    [
        entry("Story 1"),  # listed twice
        "<item></item>",  # says nothing
        f"<item><title>{'x' * MAX_ENTRY_CHARS}</title></item>",  # is not read
    ],
)
def test_a_gap_is_seen_in_a_feed_with_an_entry_that_does_not_count(odd: str) -> None:
    async def work() -> None:
        async with poll_lab(answer(rss("Old one", "Older one"), **KIND)) as lab:
            await lab.poll()
            await lab.poll_when_due(answer(rss("Story 2", odd, "Story 1"), **KIND))
            assert lab.state.health.gaps == 1
            await lab.poll_when_due(answer(rss("Story 3", "Story 2"), **KIND))
            assert lab.state.health.gaps == 1

    run(work())


def test_nothing_is_missed_where_nothing_was_known_and_no_question_is_asked_before_storing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whether any was known is found when entries are stored; only older pages need it earlier."""
    monkeypatch.delattr(entries, "knows_any")

    async def work() -> None:
        async with poll_lab(answer(rss(), **KIND)) as lab:
            await lab.poll()
            await lab.poll_when_due(answer(rss("Story 1"), **KIND))
            assert lab.state.health.gaps == 0
            await lab.poll_when_due(answer(rss("Story 2"), **KIND))
            assert lab.state.health.gaps == 1

    run(work())


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Thu, 02 May 2024 10:00:00 GMT", "2024-05-02T10:00:00+00:00"),
        ("Fri, 03 May 2124 10:00:00 GMT", NOW.isoformat()),
        ("Sat, 04 May 2024 10:00:00 GMT", NOW.isoformat()),
        ("Thu, 02 May 2002 10:00:00 GMT", "2002-05-02T10:00:00+00:00"),
        ("in the beginning", None),
        ("Thu, 99 Foo 2024 99:99:99", None),
    ],
)
def test_dates_are_shown_and_never_trusted(written: str, shown: str | None) -> None:
    async def work() -> None:
        async with poll_lab(answer(rss(entry("One", more=f"<pubDate>{written}</pubDate>")), **KIND)) as lab:
            await lab.poll()
            [stored] = lab.desk.store.write_now(lambda tx: claim_all(tx, "listed", now=NOW, lease="x"))
            assert stored.entry.first_seen == NOW
            assert (stored.entry.published.isoformat() if stored.entry.published else None) == shown

    run(work())
