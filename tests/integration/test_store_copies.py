"""Which earlier articles the store brings up for a new one: by address, by text, by shared shingles."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from desk_samples import claim_all
from sqlalchemy import create_engine

from monitor.model.article import Article, Entry, Reader
from monitor.model.judgement import Decision, Outcome, Reason
from monitor.store import decisions, entries
from monitor.store.engine import FILE_NAME, Store, Tx, open_scratch, open_store
from monitor.store.entries import CANDIDATES, COMMON, Stored, StoredArticle
from monitor.text.fingerprint import shingles, sketch

NOW = datetime(2023, 6, 19, 12, tzinfo=UTC)


@pytest.fixture
def store() -> Iterator[Store]:
    opened = open_scratch()
    yield opened
    opened.close()


def put(
    tx: Tx,
    name: str,
    *,
    sketch: set[int] | None = None,
    url: str | None = None,
    canonical: str | None = None,
    text_hash: str = "",
    minute: int = 0,
    is_decided: bool = True,
) -> None:
    entry = Entry(
        id=name, feed="wire", guid=name, url=url, url_key=url, title=name, summary="", outlet="O", host="h",
        language="en", published=None, first_seen=NOW + timedelta(minutes=minute),
    )  # fmt: skip
    entries.add(tx, [entry])
    [stored] = claim_all(tx, "listed", now=NOW, lease="l")
    article = Article(entry=entry, title=name, text=name, language="en", reader=Reader.PAGE, canonical_key=canonical)
    entries.put_article(tx, stored, article, text_hash=text_hash or name)
    entries.put_prints(tx, stored.n, article, sketch=sketch or set())
    if is_decided:
        judged = NOW + timedelta(minutes=minute)
        told = Decision(entry=name, watch="w", outcome=Outcome.KNOWN, reason=Reason.NOTHING_NEW, at=judged)
        decisions.put(tx, stored.n, told)
        entries.close(tx, stored.n)


def brought_up(tx: Tx, sketch: set[int], *, but: int = 0) -> list[str]:
    return [each.article.entry.id for each in entries.sharing(tx, sketch, but=but, at_least=3)]


def test_articles_that_share_most_come_first_and_of_equals_the_earlier(store: Store) -> None:
    def work(tx: Tx) -> list[str]:
        put(tx, "half", sketch={1, 2, 3, 40})
        put(tx, "most", sketch={1, 2, 3, 4, 5})
        put(tx, "half too", sketch={3, 4, 5, -6})
        put(tx, "two", sketch={1, 2})
        return brought_up(tx, {1, 2, 3, 4, 5, 6})

    assert store.write_now(work) == ["most", "half", "half too"]


def test_what_is_brought_up_is_each_article_whole(store: Store) -> None:
    """The same facts, of the same types, as when it is asked for by its place."""
    entry = Entry(
        id="e", feed="wire", guid="g", url="https://o.example/1", url_key="o.example/1", title="Listed", summary="S",
        outlet="O", host="o.example", language="sw", published=NOW - timedelta(hours=3), first_seen=NOW,
        text="What the feed gave.", is_first_poll=True,
    )  # fmt: skip
    read = Article(
        entry=entry, title="Own", text="One.\nTwo.\nThree.", language="en", reader=Reader.PAGE, is_degraded=True,
        problem="short", author="A", site="Site", dated="2023-06-18", canonical_key="o.example/own",
        aside=(0, 2),
    )  # fmt: skip

    def work(tx: Tx) -> tuple[StoredArticle, ...]:
        put(tx, "before", sketch={1, 2, 3})
        entries.add(tx, [entry])
        [stored] = claim_all(tx, "listed", now=NOW, lease="l")
        entries.put_article(tx, stored, read, text_hash="h")
        entries.put_prints(tx, stored.n, read, sketch={1, 2, 3, 4})
        entries.close(tx, stored.n)
        return entries.sharing(tx, {1, 2, 3, 4}, but=0, at_least=3)

    best, second = store.write_now(work)
    assert best == StoredArticle(n=2, article=read)
    assert (second.n, second.article.entry.id) == (1, "before")


def test_a_sketch_is_stored_once_whatever_its_signs(store: Store) -> None:
    def work(tx: Tx) -> list[str]:
        put(tx, "extremes", sketch={-(2**31), 0, 2**31 - 1})
        [stored] = entries.sharing(tx, {-(2**31), 0, 2**31 - 1}, but=0, at_least=3)
        again = Stored(n=stored.n, entry=stored.article.entry)
        entries.put_prints(tx, again.n, stored.article, sketch={-(2**31), 0, 2**31 - 1})
        return brought_up(tx, {-(2**31), 0, 2**31 - 1})

    assert store.write_now(work) == ["extremes"]


def test_an_article_is_no_copy_of_itself_nor_of_one_that_was_not_judged(store: Store) -> None:
    def work(tx: Tx) -> list[str]:
        put(tx, "itself", sketch={1, 2, 3})
        put(tx, "waiting", sketch={1, 2, 3}, is_decided=False)
        return brought_up(tx, {1, 2, 3}, but=1)

    assert store.write_now(work) == []


def test_no_more_are_brought_up_than_are_worth_comparing(store: Store) -> None:
    def work(tx: Tx) -> tuple[list[str], list[str]]:
        for number in range(CANDIDATES + 3):
            put(tx, f"copy {number}", sketch={1, 2, 3})
        return brought_up(tx, {1, 2, 3}), brought_up(tx, set())

    assert store.write_now(work) == ([f"copy {number}" for number in range(CANDIDATES)], [])


def test_a_text_that_everybody_carries_still_leads_to_the_first_of_them(store: Store) -> None:
    def work(tx: Tx) -> list[str]:
        for number in range(COMMON + 20):
            put(tx, f"carrier {number}", sketch={1, 2, 3, 100 + number})
        return brought_up(tx, {1, 2, 3})

    assert store.write_now(work)[0] == "carrier 0"


def test_boilerplate_that_many_share_hides_no_copy(store: Store) -> None:
    """A site's footer of eight kept runs stands under all its articles; the copy shares three runs of its own."""
    footer = set(range(1_000, 1_008))

    def work(tx: Tx) -> list[str]:
        for number in range(COMMON + 20):
            put(tx, f"page {number}", sketch=footer | {number})
        put(tx, "original", sketch={2_001, 2_002, 2_003})
        return brought_up(tx, footer | {2_001, 2_002, 2_003})

    assert store.write_now(work)[0] == "original"


def test_the_cost_of_a_look_up_does_not_follow_what_many_share(store: Store) -> None:
    """Thousands of pages with one footer, one text, one address: the database does no more for the ten-thousandth."""

    def work(tx: Tx) -> list[int]:
        return [steps_among(tx, pages) for pages in (500, 10_000)]

    few, many = store.write_now(work)
    assert many < 2 * few


def steps_among(tx: Tx, pages: int) -> int:
    """Return how often the database comes by, every 100 of its steps, while all that so many pages share is asked."""
    to_be = f"WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {pages}) INSERT OR IGNORE INTO "
    tx.exec_driver_sql(
        f"{to_be} entry (n, id, feed, guid, url_key, title, summary, outlet, host, first_seen, is_first_poll, stage,"
        " attempts) SELECT n, n, 'f', n, 'u', 't', '', 'o', 'h', n, 0, 'done', 0 FROM c"
    )
    tx.exec_driver_sql(
        f"{to_be} article (entry, title, text, language, reader, is_degraded, text_hash, canonical_key)"
        " SELECT n, 't', 'x', 'en', 'page', 0, 'same', 'u' FROM c"
    )
    tx.exec_driver_sql(
        f"{to_be} decision (entry, watch, outcome, reason, matched, note, at)"
        " SELECT n, 'w', 'known', 'nothing_new', '[]', '', n FROM c"
    )
    for value in range(20):
        tx.exec_driver_sql(f"{to_be} fingerprint (hash, entry) SELECT {value}, n FROM c")
    steps: list[int] = []
    connection = tx.connection.driver_connection
    assert connection is not None
    connection.set_progress_handler(lambda: steps.append(1), 100)
    assert len(brought_up(tx, set(range(20)))) == CANDIDATES
    assert entries.with_address(tx, ["u"], but=1, watch="w")
    assert entries.with_text_hash(tx, "same", but=[1], watch="w")
    connection.set_progress_handler(None, 0)
    return len(steps)


@pytest.mark.parametrize("key", ["https://o.example/listed", "https://o.example/own"])
def test_an_article_is_found_by_the_address_listed_and_by_its_pages_own(store: Store, key: str) -> None:
    def work(tx: Tx) -> list[str | None]:
        put(tx, "later", url="https://o.example/listed", canonical="https://o.example/own", minute=5)
        put(tx, "first", url="https://o.example/listed", canonical="https://o.example/own")
        put(tx, "waiting", url="https://o.example/listed", minute=-5, is_decided=False)
        found = [entries.with_address(tx, [key, "https://o.example/x"], but=but, watch="w") for but in (0, 2)]
        found.append(entries.with_address(tx, ["https://o.example/x"], but=0, watch="w"))
        return [each.article.entry.id if each else None for each in found]

    assert store.write_now(work) == ["first", "later", None]


def test_of_articles_with_the_same_words_the_first_is_found(store: Store) -> None:
    def work(tx: Tx) -> list[str | None]:
        put(tx, "later", text_hash="h", minute=5)
        put(tx, "first", text_hash="h")
        found = [entries.with_text_hash(tx, "h", but=[but], watch="w") for but in (0, 2)]
        assert entries.with_text_hash(tx, "other", but=[0], watch="w") is None
        return [each.article.entry.id if each else None for each in found]

    assert store.write_now(work) == ["first", "later"]


def test_fingerprints_of_an_older_store_still_find_their_articles(tmp_path: Path) -> None:
    """They were twice as long; of two that differ in the lower half only, one is left."""
    config = Config()
    config.set_main_option("script_location", "monitor:store/migrations")
    config.set_main_option("path_separator", "os")
    made = create_engine(f"sqlite:///{tmp_path / FILE_NAME}")
    kept = shingles([f"word{number}" for number in range(5)])
    with made.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0004")
        connection.exec_driver_sql(
            "INSERT INTO entry (n, id, feed, guid, title, summary, outlet, host, first_seen, is_first_poll, stage,"
            " attempts) VALUES (7, 'old', 'f', 'g', 't', '', 'o', 'h', 0, 0, 'done', 0)"
        )
        connection.exec_driver_sql(
            "INSERT INTO article (entry, title, text, language, reader, is_degraded, text_hash)"
            " VALUES (7, 't', 'x', 'en', 'page', 0, 'h')"
        )
        for each in (*kept, min(kept) ^ 1):
            connection.exec_driver_sql("INSERT INTO fingerprint (hash, entry) VALUES (?, 7)", (each,))
    made.dispose()
    opened = open_store(tmp_path)
    assert opened.write_now(lambda tx: brought_up(tx, set(sketch(kept)))) == ["old"]
    assert opened.write_now(lambda tx: tx.exec_driver_sql("SELECT count(*) FROM fingerprint").scalar()) == len(kept)
    opened.close()


def test_what_another_watch_alone_was_told_is_nobodys_original_here(store: Store) -> None:
    def work(tx: Tx) -> list[object]:
        put(tx, "theirs", text_hash="h", url="https://o.example/a")
        return [
            entries.with_text_hash(tx, "h", but=(), watch="other"),
            entries.with_address(tx, ["https://o.example/a"], but=0, watch="other"),
            entries.judged(tx, [1], "other"),
            entries.judged(tx, [1], "w"),
        ]

    assert store.write_now(work) == [None, None, [], [1]]
