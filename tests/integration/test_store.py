"""The store on a real disk: its schema, its lock, its transactions, and what a restart makes of leases."""

import asyncio
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alert_samples import alert
from desk_samples import claim_all
from routed import plans
from sqlalchemy import create_engine
from sqlalchemy.exc import IntegrityError

from monitor.errors import StateInUseError
from monitor.model.article import Article, Entry, Reader
from monitor.model.delivery import Delivery, DeliveryState
from monitor.model.feed import Feed
from monitor.model.story import Story
from monitor.store import engine, entries, feed_views, feeds, outbox, stories
from monitor.store.engine import (
    FILE_NAME,
    SCHEMA,
    Store,
    StoreError,
    Tx,
    is_held,
    open_for_reading,
    open_scratch,
    open_store,
)
from monitor.store.outbox import DeliveryStatus
from monitor.store.tables import Base

NOW = datetime(2023, 6, 19, 12, tzinfo=UTC)
FEED = Feed(name="wire", url="https://example.org/feed")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "state")
    yield opened
    opened.close()


def entry(guid: str) -> Entry:
    return Entry(
        id=f"id-{guid}", feed="wire", guid=guid, url=None, url_key=None, title="T", summary="", outlet="O", host="",
        language="en", published=None, first_seen=NOW, text="Text.", html=None, is_first_poll=False,
    )  # fmt: skip


# --- schema -----------------------------------------------------------------------------------------------------------


def test_migrations_from_nothing_lead_to_the_tables_as_they_are_declared(store: Store) -> None:
    def difference(tx: Tx) -> list[object]:
        context = MigrationContext.configure(tx, opts={"compare_type": True, "render_as_batch": True})
        return list(compare_metadata(context, Base.metadata))

    assert store.write_now(difference) == []


def test_migrations_and_the_scratch_store_make_the_same_columns(store: Store) -> None:
    def columns(tx: Tx) -> set[tuple[object, ...]]:
        tables = [row[0] for row in tx.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            (table, *row[1:])
            for table in tables if table != "alembic_version"
            for row in tx.exec_driver_sql(f"SELECT * FROM pragma_table_info('{table}')")
        }  # fmt: skip

    scratch = open_scratch()
    assert store.write_now(columns) == scratch.write_now(columns)
    scratch.close()


def test_the_schema_named_in_the_code_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", "monitor:store/migrations")
    config.set_main_option("path_separator", "os")
    script = ScriptDirectory.from_config(config)
    assert script.get_heads() == [SCHEMA]


def test_a_database_of_the_first_version_is_brought_up_to_date_with_all_it_holds(tmp_path: Path) -> None:
    """Its alerts and deliveries refer to each other through a table that has to be made anew."""
    first = {
        "feed": "('wire', 'https://example.org/feed', '\"1\"', NULL, 'hash', 3, 0, 0, NULL, 5, 6, NULL, NULL, NULL)",
        "entry": "(1,'e1','wire','g1',NULL,NULL,'T','S','O','','en',NULL,5,NULL,NULL,0,'done',0,NULL,NULL)",
        "story": "('s1', 'w', 'T', '{}', 1, 5, 5)",
        "alert": "('a1', 1, 'w', 's1', 1, '{}', 5)",
        "delivery": "(1, 'a1.mail', 'a1', 'mail', 'pending', 0, 5, NULL, NULL, NULL, NULL, NULL)",
    }  # fmt: skip
    config = Config()
    config.set_main_option("script_location", "monitor:store/migrations")
    config.set_main_option("path_separator", "os")
    made = create_engine(f"sqlite:///{tmp_path / FILE_NAME}")
    with made.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        for table, values in first.items():
            connection.exec_driver_sql(f"INSERT INTO {table} VALUES {values}")
    made.dispose()
    opened = open_store(tmp_path)
    health = opened.write_now(feed_views.health)
    assert [(each.state.name, each.state.memory.validators.etag, each.state.polls) for each in health] == [
        ("wire", '"1"', 3)
    ]
    assert opened.write_now(outbox.counts) == {"pending": 1}
    assert opened.write_now(lambda tx: tx.exec_driver_sql("PRAGMA foreign_keys").scalar()) == 1
    with pytest.raises(IntegrityError):
        opened.write_now(lambda tx: tx.exec_driver_sql("UPDATE delivery SET alert = 'gone'"))
    opened.close()


def test_opening_twice_migrates_once(tmp_path: Path) -> None:
    for _ in range(2):
        opened = open_store(tmp_path)
        found = opened.write_now(lambda tx: tx.exec_driver_sql("SELECT version_num FROM alembic_version").all())
        assert found == [(SCHEMA,)]
        opened.close()


def test_it_is_kept_as_it_was_promised(store: Store) -> None:
    """WAL, and every commit on the disk: an alert that was decided outlives a power cut."""
    pragmas = ("journal_mode", "synchronous", "foreign_keys")
    values = store.write_now(lambda tx: [tx.exec_driver_sql(f"PRAGMA {each}").scalar() for each in pragmas])
    assert values == ["wal", 2, 1]


@pytest.mark.parametrize("open_it", [open_store, open_for_reading])
def test_a_database_of_a_newer_version_is_refused_and_left_as_it_is(tmp_path: Path, open_it: object) -> None:
    open_store(tmp_path).close()
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
        database.commit()
    for _ in range(2):  # a refusal holds no lock
        with pytest.raises(StoreError, match="version"):
            open_it(tmp_path)  # type: ignore[operator]
    assert not is_held(tmp_path)
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as database:
        assert database.execute("SELECT version_num FROM alembic_version").fetchall() == [("9999",)]


@pytest.mark.parametrize("open_it", [open_store, open_for_reading])
def test_a_file_that_is_no_database_is_refused_with_a_sentence(tmp_path: Path, open_it: object) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"this was a database once\n" * 400)
    for _ in range(2):
        with pytest.raises(StoreError, match="not a database"):
            open_it(tmp_path)  # type: ignore[operator]
    assert not is_held(tmp_path)


# --- opening ----------------------------------------------------------------------------------------------------------


def test_reading_where_nothing_is_stored_says_what_to_do_and_makes_nothing(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="nothing is stored here yet; `monitor once`"):
        open_for_reading(tmp_path / "state")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot keep state here"):
        open_store(tmp_path / "file" / "state")


def test_a_reader_sees_what_a_writer_committed_and_cannot_write(store: Store, tmp_path: Path) -> None:
    reader = open_for_reading(tmp_path / "state")
    store.write_now(lambda tx: entries.add(tx, [entry("a")]))
    with reader.read() as tx:
        assert entries.waiting(tx) == 1
    with pytest.raises(StoreError, match="readonly"):
        reader.write_now(lambda tx: entries.add(tx, [entry("b")]))
    reader.close()


def test_the_store_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    state = tmp_path / "state"
    open_store(state).close()
    assert state.stat().st_mode & 0o077 == 0


def test_one_process_holds_the_state_until_it_closes_it(tmp_path: Path) -> None:
    first = open_store(tmp_path)
    assert is_held(tmp_path)
    with pytest.raises(StateInUseError, match="--state"):
        open_store(tmp_path)
    first.close()
    assert not is_held(tmp_path)
    open_store(tmp_path).close()


def test_a_database_that_another_program_keeps_busy_means_try_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CONTRACT.md: exit 75, which StateInUseError is."""
    monkeypatch.setattr(engine, "BUSY_TIMEOUT_MS", 50)
    opened = open_store(tmp_path)
    with closing(sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StateInUseError, match="busy"):
            opened.write_now(lambda tx: entries.add(tx, [entry("a")]))
        opened.close()
        with pytest.raises(StateInUseError, match="busy"):
            open_store(tmp_path)
    assert not is_held(tmp_path)
    open_store(tmp_path).close()


# --- transactions -----------------------------------------------------------------------------------------------------


def test_what_raises_leaves_nothing_behind(store: Store) -> None:
    def half(tx: Tx) -> None:
        entries.add(tx, [entry("a")])
        raise KeyError("half way")

    with pytest.raises(KeyError):
        store.write_now(half)
    with pytest.raises(KeyError):
        asyncio.run(store.write(half))
    assert store.write_now(entries.waiting) == 0


def test_a_reading_connection_keeps_nothing(store: Store) -> None:
    with store.read() as tx:
        entries.add(tx, [entry("a")])
    assert store.write_now(entries.waiting) == 0


def test_what_was_committed_is_there_without_a_clean_end(store: Store, tmp_path: Path) -> None:
    """The files as they lie on the disk now are what a killed process leaves."""
    store.write_now(lambda tx: entries.add(tx, [entry("a")]))
    shutil.copytree(tmp_path / "state", tmp_path / "copy")
    copy = open_store(tmp_path / "copy")
    assert copy.write_now(entries.waiting) == 1
    copy.close()


def test_many_writers_at_once_wait_for_each_other(store: Store) -> None:
    async def all_at_once() -> None:
        await asyncio.gather(
            *(store.write(lambda tx, n=n: entries.add(tx, [entry(f"{n}"), entry("same")])) for n in range(50))  # type: ignore[misc]
        )

    asyncio.run(all_at_once())
    assert store.write_now(entries.waiting) == 51


# --- leases -----------------------------------------------------------------------------------------------------------


def stored_alert(tx: Tx) -> None:
    """Store an alert to two channels, with all that stands behind it."""
    told = replace(alert(), created=NOW)
    entries.add(tx, [entry("a")])
    [claimed] = claim_all(tx, "listed", now=NOW, lease="old")
    article = Article(entry=claimed.entry, title="T", text="Text.", language="en", reader=Reader.SOURCE)
    entries.put_article(tx, claimed, article, text_hash="h")
    story = Story(id=told.story, watch=told.watch, title="T", terms={}, articles=1, created=NOW, updated=NOW)
    stories.ensure(tx, story)
    outbox.put(tx, claimed.n, told, plans("mail", "hook", now=NOW), feed="wire")


def states(store: Store) -> dict[str, DeliveryStatus]:
    return {each.channel: each for each in store.write_now(lambda tx: outbox.of_alert(tx, alert().id))}


def claim(store: Store, *, lease: str, at: datetime = NOW) -> dict[str, Delivery]:
    both = [
        store.write_now(lambda tx, to=to: outbox.claim(tx, to, now=at, lease=lease, limit=9)) for to in ("mail", "hook")
    ]
    return {each.channel: each for some in both for each in some}


def test_a_restart_tells_what_was_surely_not_sent_from_what_may_have_been(store: Store) -> None:
    store.write_now(stored_alert)
    held = claim(store, lease="old")
    assert held.keys() == {"mail", "hook"}
    assert store.write_now(lambda tx: outbox.start(tx, held["mail"], now=NOW))
    assert claim(store, lease="other") == {}  # nobody else's while the lease lasts

    store.write_now(outbox.release_all)
    after = states(store)
    assert (after["hook"].state, after["hook"].attempts, after["hook"].error) == (DeliveryState.PENDING, 0, None)
    assert (after["mail"].state, after["mail"].attempts) == (DeliveryState.UNKNOWN, 1)
    assert "may have arrived" in (after["mail"].error or "")

    again = claim(store, lease="new")
    assert {name: each.key for name, each in again.items()} == {name: each.key for name, each in held.items()}
    assert not store.write_now(lambda tx: outbox.start(tx, held["hook"], now=NOW))  # the old lease is void
    store.write_now(
        lambda tx: outbox.finish(tx, held["mail"], DeliveryState.SENT, now=NOW, next_at=NOW, error=None)
    )  # and so is what its holder says
    assert states(store)["mail"].state is DeliveryState.LEASED


def test_a_retry_that_a_restart_interrupts_before_it_began_was_not_sent_again(store: Store) -> None:
    """One attempt was refused; the next was claimed and not begun: nothing new can have arrived."""
    store.write_now(stored_alert)
    held = claim(store, lease="old")["mail"]
    store.write_now(lambda tx: outbox.start(tx, held, now=NOW))
    store.write_now(lambda tx: outbox.finish(tx, held, DeliveryState.RETRY, now=NOW, next_at=NOW, error="503"))
    assert "mail" in claim(store, lease="second")
    store.write_now(outbox.release_all)
    after = states(store)["mail"]
    assert after.state is not DeliveryState.UNKNOWN
    assert after.attempts == 1


def test_an_expired_lease_frees_its_work(store: Store) -> None:
    store.write_now(stored_alert)
    claim(store, lease="old")
    assert claim(store, lease="new", at=NOW + outbox.LEASE).keys() == {"mail", "hook"}


def test_entries_and_feeds_are_free_again_after_a_restart(store: Store) -> None:
    def prepare(tx: Tx) -> None:
        feeds.sync(tx, [FEED], now=NOW)
        entries.add(tx, [entry("a"), entry("b")])

    def claimed(tx: Tx) -> tuple[int, int]:
        due = feeds.claim_due(tx, now=NOW, lease="x", limit=9)
        return len(due), len(claim_all(tx, "listed", now=NOW, lease="x"))

    store.write_now(prepare)
    assert store.write_now(claimed) == (1, 2)
    assert store.write_now(claimed) == (0, 0)
    store.write_now(lambda tx: (feeds.release_all(tx, now=NOW), entries.release_all(tx)))
    assert store.write_now(claimed) == (1, 2)


def test_an_alert_and_its_deliveries_are_stored_once(store: Store) -> None:
    store.write_now(stored_alert)
    store.write_now(
        lambda tx: outbox.put(tx, 1, replace(alert(), created=NOW), plans("mail", "hook", now=NOW), feed="wire")
    )
    assert store.write_now(outbox.counts) == {"pending": 2}
