"""What the store remembers of feeds: whose turn it is, which hosts are left alone, what a poll leaves."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.errors import LeaseLostError
from monitor.model.article import Entry
from monitor.model.feed import Feed, FeedMemory, Hints, Poison, Rung, SourceState, Validators
from monitor.model.feed_state import FeedEvent, FeedState, Health, Move, Rhythm
from monitor.store import entries, feed_views, feeds
from monitor.store.engine import Store, Tx, open_store
from monitor.store.feeds import ClosedPoll, DuePoll

NOW = datetime(2023, 6, 19, 12, tzinfo=UTC)
GAP = timedelta(seconds=1)


def feed(name: str, host: str = "") -> Feed:
    return Feed(name=name, url=f"https://{host or name}.example/{name}")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "state")
    yield opened
    opened.close()


def sync(store: Store, *listed: Feed) -> None:
    store.write_now(lambda tx: feeds.sync(tx, listed, now=NOW))


def claim(
    store: Store, *, at: datetime = NOW, limit: int = 99, lease: str = "mine", since: datetime | None = None
) -> tuple[DuePoll, ...]:
    return store.write_now(
        lambda tx: feeds.claim_due(tx, now=at, lease=lease, limit=limit, gap=GAP, untouched_since=since)
    )


def names(due: tuple[DuePoll, ...]) -> list[str]:
    return [each.name for each in due]


def close(store: Store, due: DuePoll, *, at: datetime = NOW, **changes: object) -> None:
    state = replace(due.state, polled_at=at, **{"next_at": at + timedelta(minutes=15), **changes})  # type: ignore[arg-type]
    store.write_now(lambda tx: feeds.close(tx, [ClosedPoll(due=due, state=state)], now=at))


# --- whose turn it is -------------------------------------------------------------------------------------------------


def test_the_longest_overdue_come_first_and_no_more_than_asked_for(store: Store) -> None:
    sync(store, feed("a"), feed("b"), feed("c"))
    for due in claim(store):
        close(store, due, next_at=NOW + timedelta(minutes={"a": 3, "b": 1, "c": 2}[due.name]))
    later = NOW + timedelta(minutes=5)
    assert names(claim(store, at=later, limit=2)) == ["b", "c"]
    assert names(claim(store, at=later, limit=2)) == ["a"]
    assert names(claim(store, at=later)) == []


def test_one_feed_of_a_host_is_claimed_and_the_next_one_after_the_gap(store: Store) -> None:
    sync(store, feed("a", "wire"), feed("b", "wire"), feed("c"))
    first = claim(store)
    assert names(first) == ["a", "c"]
    assert names(claim(store)) == []
    ended = NOW + timedelta(seconds=20)
    for due in first:
        close(store, due, at=ended)
    assert names(claim(store, at=ended + GAP / 2)) == []
    assert names(claim(store, at=ended + GAP)) == ["b"]


def test_a_host_of_very_many_feeds_keeps_no_other_host_waiting(store: Store) -> None:
    sync(store, *(feed(f"a{n}", "wire") for n in range(50)), *(feed(f"b{n}") for n in range(9)))
    assert names(claim(store, limit=4)) == ["a0", "b0", "b1", "b2"]
    assert names(claim(store, limit=4)) == ["b3", "b4", "b5", "b6"]


def test_what_a_claim_costs_does_not_grow_with_the_square_of_a_hosts_feeds(store: Store) -> None:
    """Counted in SQLite's own steps, which no busy machine changes."""

    def steps(count: int) -> int:
        sync(store, *(feed(f"a{n}", "wire") for n in range(count)))
        taken = [0]

        def work(tx: Tx) -> None:
            driver = tx.connection.driver_connection
            assert driver is not None
            driver.set_progress_handler(lambda: taken.__setitem__(0, taken[0] + 1), 100)
            feeds.claim_due(tx, now=NOW, lease="mine", limit=4, gap=GAP)
            driver.set_progress_handler(None, 0)
            tx.rollback()

        store.write_now(work)
        return taken[0]

    few, many = steps(200), steps(800)
    assert many < 6 * few


def test_http_and_https_are_one_host_and_another_port_is_another(store: Store) -> None:
    plain, secure = Feed(name="a", url="http://wire.example/a"), Feed(name="b", url="https://wire.example/b")
    sync(store, plain, secure, Feed(name="c", url="https://wire.example:8443/c"))
    assert names(claim(store)) == ["a", "c"]


def test_folders_have_no_host_and_do_not_wait_for_each_other(store: Store) -> None:
    sync(store, Feed(name="a", folder="/in/a"), Feed(name="b", folder="/in/b"))
    assert names(claim(store)) == ["a", "b"]


def test_a_process_that_died_leaves_its_hosts_alone_for_a_gap(store: Store) -> None:
    """Nobody knows how far the request came: it may have been sent a moment ago."""
    sync(store, feed("a", "wire"), feed("b", "wire"))
    claim(store)
    restart = NOW + timedelta(seconds=30)
    store.write_now(lambda tx: feeds.release_all(tx, now=restart))
    assert names(claim(store, at=restart)) == []
    assert store.write_now(lambda tx: feeds.is_any_waiting(tx, now=restart))  # but for the gap
    assert names(claim(store, at=restart + GAP)) == ["a"]


def test_a_host_that_asked_for_a_pause_is_left_alone_with_all_its_feeds(store: Store) -> None:
    sync(store, feed("a", "wire"), feed("b", "wire"), feed("c"))
    store.write_now(lambda tx: feeds.hold(tx, "wire.example", NOW + timedelta(hours=1)))
    assert names(claim(store)) == ["c"]
    assert not store.write_now(lambda tx: feeds.is_any_waiting(tx, now=NOW))
    assert names(claim(store, since=NOW + GAP, at=NOW + timedelta(minutes=59))) == ["c"]  # "everything" waits too
    assert store.write_now(lambda tx: feeds.holds(tx, now=NOW)) == {"wire.example": NOW + timedelta(hours=1)}
    assert names(claim(store, at=NOW + timedelta(hours=1))) == ["a"]
    assert store.write_now(lambda tx: feeds.holds(tx, now=NOW + timedelta(hours=1))) == {}


def test_a_shorter_pause_does_not_cut_a_longer_one_short(store: Store) -> None:
    def held(*hours: int) -> timedelta:
        for each in hours:
            store.write_now(lambda tx, each=each: feeds.hold(tx, "w.example", NOW + timedelta(hours=each)))  # type: ignore[misc]
        return store.write_now(lambda tx: feeds.holds(tx, now=NOW))["w.example"] - NOW

    assert held(3, 1) == timedelta(hours=3)
    assert held(24) == timedelta(hours=24)
    assert held(24 * 400, 2) == timedelta(hours=2)  # the clock was wrong


def test_everything_means_each_feed_once(store: Store) -> None:
    sync(store, feed("a"), feed("b"))
    for due in claim(store):
        close(store, due)
    begin = NOW + timedelta(seconds=5)
    due = claim(store, at=begin, since=begin)
    assert names(due) == ["a", "b"]
    for each in due:
        close(store, each, at=begin + GAP)
    assert names(claim(store, at=begin + 9 * GAP, since=begin)) == []
    later = begin + 9 * GAP
    assert not store.write_now(lambda tx: feeds.is_any_waiting(tx, now=later, untouched_since=begin))


@pytest.mark.parametrize("jump", [timedelta(days=1), timedelta(days=400)])
def test_a_clock_that_was_ahead_stops_nobody(store: Store, jump: timedelta) -> None:
    sync(store, feed("a"))
    [due] = claim(store, at=NOW + jump)
    close(store, due, at=NOW + jump)
    assert names(claim(store)) == ["a"]


def test_a_host_asked_in_the_future_is_not_busy(store: Store) -> None:
    sync(store, feed("a", "wire"), feed("b", "wire"))
    [due] = claim(store, at=NOW + timedelta(days=1))
    close(store, due, at=NOW + timedelta(days=1))
    assert names(claim(store)) == ["b"]


# --- what a poll leaves -----------------------------------------------------------------------------------------------

FULL = FeedState(
    name="a",
    polls=4,
    memory=FeedMemory(
        validators=Validators(etag='W/"é"', last_modified="x", body_hash="00", url="https://a.example/a"),
        url="https://moved.example/a",
        window=b"\0" * 40,
        fresh_for_s=7200.0,
    ),
    hints=Hints(ttl_s=60, period_s=36, skip_hours=frozenset({1}), skip_days=frozenset({6}), older_url="u", title="t"),
    rhythm=Rhythm(new_times=3, new_at=NOW, usual_gap_s=90.5, posted=5),
    health=Health(
        failures=2, failing_since=NOW, gone_since=NOW, is_down=True, is_silent=True, told=SourceState.DOWN, gaps=1,
        is_malformed=True, changed_guids=3, error="e", problems=("p", "q"),
    ),
    timed=9,
    late=1,
    move=Move(to="https://there.example/", since=NOW, times=2),
    next_at=NOW + timedelta(hours=1),
    next_why="every",
    hold_until=NOW + timedelta(hours=2),
    fresh_until=NOW + timedelta(hours=3),
    polled_at=NOW,
    rung=Rung.DELTA,
)  # fmt: skip


def test_a_state_comes_back_as_it_was_left(store: Store) -> None:
    sync(store, feed("a"))
    [due] = claim(store)
    store.write_now(lambda tx: feeds.close(tx, [ClosedPoll(due=due, state=FULL)], now=NOW))
    [again] = claim(store, at=NOW + timedelta(hours=4))
    assert again.state == FULL
    [health] = store.write_now(feed_views.health)
    assert health.state == FULL


def test_a_feed_whose_delta_was_wrong_gets_no_window(store: Store) -> None:
    sync(store, feed("a"))
    [due] = claim(store)
    close(store, due, may_delta=False, memory=FeedMemory(window=b"\0" * 20))
    [again] = claim(store, at=NOW + timedelta(hours=1))
    assert again.state.memory.window == b""


def test_a_state_of_a_lost_lease_is_not_stored(store: Store) -> None:
    """Whoever lost the feed must not say that its entries were had."""
    sync(store, feed("a"))
    [lost] = claim(store, lease="old")
    later = NOW + feeds.LEASE + GAP
    [taken] = claim(store, at=later, lease="new")
    with pytest.raises(LeaseLostError):
        close(store, lost, at=later, memory=FeedMemory(validators=Validators(etag='"old"')))
    with pytest.raises(LeaseLostError):  # a poll that changes nothing, too
        close(store, lost, at=later)
    close(store, taken, at=later, memory=FeedMemory(validators=Validators(etag='"new"')))
    [again] = claim(store, at=later + timedelta(hours=1))
    assert again.state.memory.validators.etag == '"new"'


def test_a_feed_that_moved_for_good_belongs_to_its_new_host(store: Store) -> None:
    sync(store, feed("a"), feed("b"))
    due = {each.name: each for each in claim(store)}
    moved = FeedMemory(url="https://b.example/a")
    state = replace(due["a"].state, memory=moved, polled_at=NOW, next_at=NOW)
    store.write_now(lambda tx: feeds.close(tx, [ClosedPoll(due=due["a"], state=state)], now=NOW))
    assert names(claim(store, at=NOW + GAP)) == []  # b's host is still being asked
    assert store.write_now(lambda tx: feeds.is_followed(tx, "https://b.example/a", but="b")) == "a"
    assert store.write_now(lambda tx: feeds.is_followed(tx, "https://b.example/a", but="a")) is None


def test_a_feed_with_another_url_is_as_good_as_new(store: Store) -> None:
    sync(store, feed("a"))
    [due] = claim(store)
    store.write_now(lambda tx: feeds.close(tx, [ClosedPoll(due=due, state=FULL)], now=NOW))
    sync(store, feed("a", "elsewhere"))
    [again] = claim(store)
    assert again.state == FeedState(name="a", next_at=NOW)
    sync(store)
    assert store.write_now(feed_views.health) == ()


@pytest.mark.parametrize("becomes", [(), (feed("a", "elsewhere"),)])
def test_what_happened_to_a_feed_that_is_no_more_is_forgotten(store: Store, becomes: tuple[Feed, ...]) -> None:
    sync(store, feed("a"), feed("b"))
    poison = Poison(span=b"p" * 12, raw="<item/>", reason="was stopped")
    event = FeedEvent(kind="gap", text="none was known")
    ended = [
        ClosedPoll(due=due, state=replace(due.state, polled_at=NOW), events=(event,), poisons=(poison,))
        for due in claim(store)
    ]
    store.write_now(lambda tx: feeds.close(tx, ended, now=NOW))
    sync(store, feed("b"), *becomes)
    kept = {
        table: store.write_now(lambda tx, table=table: tx.exec_driver_sql(f"SELECT feed FROM {table}").scalars().all())  # type: ignore[misc]
        for table in ("feed_event", "quarantine")
    }
    assert kept == {"feed_event": ["b"], "quarantine": ["b"]}


# --- for people -------------------------------------------------------------------------------------------------------


def test_what_happened_is_kept_up_to_a_limit_and_shown_newest_first(store: Store) -> None:
    sync(store, feed("a"))
    for n in range(3):
        [due] = claim(store, at=NOW + n * timedelta(hours=1))
        events = tuple(FeedEvent(kind="gap", text=f"{n}-{k}") for k in range(feeds.EVENTS_KEPT // 2))
        poison = Poison(span=bytes([n]) * 12, raw="<item>ß</item>", reason=f"was stopped {n}")
        state = replace(due.state, polled_at=NOW, next_at=NOW)
        closed = ClosedPoll(due=due, state=state, events=events, poisons=(poison,))
        at = NOW + n * timedelta(hours=1)
        store.write_now(lambda tx, closed=closed, at=at: feeds.close(tx, [closed], now=at))  # type: ignore[misc]
    shown = store.write_now(lambda tx: feed_views.show(tx, "a"))
    assert shown is not None
    assert len(shown.events) == feeds.EVENTS_KEPT
    assert shown.events[0][1].text == f"2-{feeds.EVENTS_KEPT // 2 - 1}"
    assert next((each.reason, each.raw) for each in shown.quarantined) == ("was stopped 2", "<item>ß</item>")
    [due] = claim(store, at=NOW + timedelta(hours=9))
    assert due.state.memory.quarantined == {bytes([n]) * 12 for n in range(3)}


def test_nothing_is_shown_of_what_nobody_knows(store: Store) -> None:
    assert store.write_now(lambda tx: feed_views.show(tx, "nobody")) is None


# --- entries ----------------------------------------------------------------------------------------------------------


def entry(guid: str, *, title: str = "Ferry Orla sinks off Tarvik", summary: str = "210 aboard.") -> Entry:
    return Entry(
        id=f"id-{guid}", feed="wire", guid=guid, url=f"https://a.example/{title}", url_key=f"https://a.example/{title}",
        title=title, summary=summary, outlet="O", host="a.example", language="en", published=None, first_seen=NOW,
    )  # fmt: skip


def test_listed_entries_are_new_edited_renamed_or_known(store: Store) -> None:
    def place(*listed: Entry) -> tuple[int, int, int, int]:
        placed = store.write_now(lambda tx: entries.place(tx, listed))["wire"]
        return len(placed.added), placed.edited, placed.renamed, placed.known

    lund = "Mayor Lund resigns over bribes"
    assert place(entry("1"), entry("2", title=lund)) == (2, 0, 0, 0)
    assert place(entry("1"), entry("2", title=lund)) == (0, 0, 0, 2)
    assert place(entry("9"), entry("2", title=lund, summary="210 aboard. All were saved.")) == (0, 1, 1, 2)
    assert place(entry("1", title="Bears seen near the school of Velka", summary="Three.")) == (1, 0, 0, 0)
    assert place(entry("1", title="Bears seen near the school of Velka", summary="Three.")) == (0, 0, 0, 1)
    says = store.write_now(lambda tx: tx.exec_driver_sql("SELECT title, summary FROM entry WHERE guid = '2'").all())
    assert says == [(lund, "210 aboard. All were saved.")]


def test_a_listing_with_nothing_known_may_have_missed_something_unless_nothing_ever_was(store: Store) -> None:
    first, second = [entry("1")], [entry("2", title="Mayor Lund resigns")]
    assert store.write_now(lambda tx: entries.knows_any(tx, first))
    store.write_now(lambda tx: entries.place(tx, first))
    assert store.write_now(lambda tx: entries.knows_any(tx, first + second))
    assert not store.write_now(lambda tx: entries.knows_any(tx, second))
