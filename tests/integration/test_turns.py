"""Whose turn it is to be judged: by date, and no flood keeps another feed waiting for all of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from monitor.model.article import Entry
from monitor.store import entries, turns
from monitor.store.engine import Store, Tx, open_scratch

NOW = datetime(2024, 5, 2, 12, tzinfo=UTC)


def entry(feed: str, number: int, *, minutes: int = 0) -> Entry:
    return Entry(
        id=f"{feed}{number:05}", feed=feed, guid=str(number), url=f"https://{feed}.example/{number:05}", url_key=None,
        title=f"{feed} {number}", summary="", outlet=feed, host=feed, language="en",
        published=NOW + timedelta(minutes=minutes), first_seen=NOW, text="Text.", html=None, is_first_poll=False,
    )  # fmt: skip


def listed(*parts: tuple[str, int, int]) -> Store:
    """Return a store in which feeds wait: each a name, how many entries, and the minute of all of them."""
    store = open_scratch()

    def put(tx: Tx) -> None:
        for feed, count, minutes in parts:
            entries.add(tx, [entry(feed, number, minutes=minutes) for number in range(count)])

    store.write_now(put)
    return store


def turn(store: Store) -> list[str]:
    """Return the feeds of the next turn, in order."""

    def ask(tx: Tx) -> list[str]:
        places = turns.in_turn(tx, "listed", now=NOW)
        claimed = turns.claim(tx, places, "listed", now=NOW, lease="x")
        return [each.entry.feed for each in claimed]

    return store.write_now(ask)


def test_a_feed_that_floods_lets_another_one_pass() -> None:
    store = listed(("flood", turns.FLOOD + 1, 0), ("other", 3, 60))  # by date the others would come last
    assert turn(store) == ["other"] * 3 + ["flood"] * (turns.MOST - 3)
    store.close()


def test_what_comes_amid_a_flood_is_in_the_next_turn() -> None:
    store = listed(("flood", 2 * turns.FLOOD, 0))
    turn(store)
    store.write_now(lambda tx: entries.add(tx, [replace(entry("late", 1), published=NOW + timedelta(days=1))]))
    assert turn(store)[0] == "late"
    store.close()


def test_short_of_a_flood_it_goes_by_date_alone() -> None:
    store = listed(("many", turns.FLOOD, 0), ("other", 3, 60))
    seen = [feed for _ in range(turns.FLOOD // turns.MOST) for feed in turn(store)]
    assert seen == ["many"] * turns.FLOOD
    assert turn(store) == ["other"] * 3
    store.close()
