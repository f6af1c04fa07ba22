"""A store of very many articles: made at once, then asked for near copies as the steps ask it.

In:  orders on stdin: make it, open it, look up, insert.
Out: how long each look-up took, what was found, what the fingerprints take on disk.
Not here: what is printed (read.py), who gives the orders (read_near.py).

The articles' rows are copies of one that the program itself wrote, and the kept shingles are those of texts of 200 to
900 words, shifted for each article within the range that they have: their spread over the index is the real one. One
article in ten is a near copy of the one before it or of the same original. They are written sorted through the
driver, which is the only thing here that the program would do otherwise.
"""

import os
import random
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from sqlite3 import Connection, connect
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bench.read_child import serve
from bench.read_words import text as words_of
from monitor.analysis.copies import LEAST_SHARED
from monitor.model.article import Article, Reader
from monitor.model.feed import Feed, FeedEntry
from monitor.pipeline.listing import entry_of
from monitor.store import entries, turns
from monitor.store.engine import FILE_NAME, Store, Tx, open_store
from monitor.text.fingerprint import shingles, sketch, text_hash
from monitor.text.tokens import words

Hashes = NDArray[np.int64]

PATTERNS: Final = 2_000  # real sketches that all others are made from
COPY_SHARE: Final = 0.1
KEPT_IN_COPY: Final = 0.8  # of the hashes of the original
_PARTS: Final = 16  # of the range of hashes, sorted and written one after the other
_CHUNK: Final = 100_000
_SEED: Final = 90_210
_LEASE: Final = "bench"
_FEED: Final = Feed(name="bench", url="https://example.org/feed.xml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """The kept shingles of all articles, not written out: each is a pattern, a shift and, of a copy, its original."""

    patterns: tuple[Hashes, ...]
    low: int
    span: int
    of: Hashes  # by article: the original, itself if it is none's copy
    pattern: Hashes
    shift: Hashes

    def hashes(self, article: int) -> Hashes:
        """Return the kept shingles of an article, sorted."""
        original = int(self.of[article])
        kept = self._shifted(original, 0)
        if original == article:
            return kept
        dice = np.random.default_rng(article)
        own = self._shifted(original, int(dice.integers(self.span)))
        return np.unique(np.where(dice.random(len(kept)) < KEPT_IN_COPY, kept, own))

    def written_out(self) -> tuple[Hashes, Hashes]:
        """Return the kept shingles of all articles and, beside each, its article's place in the store, from 1."""
        is_own = self.of == np.arange(len(self.of))
        hashes: list[Hashes] = []
        owners: list[Hashes] = []
        by_pattern = np.argsort(self.pattern, kind="stable")
        for some in np.split(by_pattern, np.flatnonzero(np.diff(self.pattern[by_pattern])) + 1):
            own = some[is_own[some]]
            pattern = self.patterns[int(self.pattern[some[0]])]
            moved = (pattern - self.low + self.shift[own][:, None]) % self.span + self.low
            hashes.append(moved.ravel())
            owners.append(np.repeat(own + 1, len(pattern)))
        for copy in np.flatnonzero(~is_own).tolist():
            hashes.append(self.hashes(copy))
            owners.append(np.full(len(hashes[-1]), copy + 1))
        return np.concatenate(hashes), np.concatenate(owners)

    def stranger(self, dice: random.Random) -> frozenset[int]:
        """Return the kept shingles of an article that nobody has."""
        pattern = dice.choice(self.patterns)
        moved = (pattern - self.low + dice.randrange(self.span)) % self.span + self.low
        return frozenset(moved.tolist())

    def _shifted(self, article: int, more: int) -> Hashes:
        pattern = self.patterns[int(self.pattern[article])]
        moved = (pattern - self.low + int(self.shift[article]) + more) % self.span + self.low
        return np.unique(moved)


def population(articles: int) -> Population:
    """Return so many articles; the same number gives the same ones."""
    dice = random.Random(_SEED)
    texts = (words_of(dice, "en", words=dice.randint(200, 900)) for _ in range(min(PATTERNS, articles)))
    sketches = [sketch(shingles(words(each))) for each in texts]
    patterns = tuple(np.array(sorted(one), dtype=np.int64) for one in sketches if one)
    low = min(int(one[0]) for one in patterns)
    span = max(int(one[-1]) for one in patterns) - low + 1
    rng = np.random.default_rng(_SEED)
    numbers = np.arange(articles, dtype=np.int64)
    is_copy = rng.random(articles) < COPY_SHARE
    of = np.where(is_copy, np.maximum(numbers - rng.integers(1, 6, articles), 0), numbers)
    of = of[of[of[of[of[of]]]]]  # of copies of copies the original
    of = np.where(of[of] == of, of, numbers)
    return Population(
        patterns=patterns, low=low, span=span, of=of,
        pattern=rng.integers(len(patterns), size=articles), shift=rng.integers(span, size=articles),
    )  # fmt: skip


class _Program:
    """A store, and the population that stands in it."""

    def __init__(self) -> None:
        self._population: Population | None = None
        self._store: Store | None = None

    def obey(self, op: str, order: dict[str, Any]) -> dict[str, Any]:
        match op:
            case "build":
                return build(Path(order["state"]), order["articles"])
            case "population":
                self._population = population(order["articles"])
                return {}
            case "first":
                return self.first(Path(order["state"]), order["article"])
            case "look_up":
                return self.look_up(order["times"])
            case "insert":
                return self.insert(order["times"])
            case "close":
                self._opened().close()
                return {}
            case _:
                return {"failed": f"unknown order {op!r}"}

    def first(self, state: Path, article: int) -> dict[str, Any]:
        """Open the store, which the kernel keeps nothing of, and look up one article."""
        kept = self._hashes(article)
        _drop_from_memory(state / FILE_NAME)
        began = time.monotonic()
        self._store = open_store(state)
        found = self._sharing(kept, article)
        return {"ms": (time.monotonic() - began) * 1e3, "found": len(found)}

    def look_up(self, times: int) -> dict[str, Any]:
        """Look up copies, and texts like nothing else, in turns. A copy's original must be found."""
        assert self._population is not None
        people, dice = self._population, random.Random(7)
        copies = np.flatnonzero(people.of != np.arange(len(people.of)))
        took_ms: dict[str, list[float]] = {"hit": [], "miss": [], "cpu": []}
        missed = false = 0
        for at in range(times):
            article = int(copies[dice.randrange(len(copies))]) if at % 2 else -1
            asked = self._hashes(article) if at % 2 else people.stranger(dice)
            began, began_cpu = time.perf_counter(), time.thread_time()
            found = self._sharing(asked, article)
            took_ms["hit" if at % 2 else "miss"].append((time.perf_counter() - began) * 1e3)
            took_ms["cpu"].append((time.thread_time() - began_cpu) * 1e3)
            if at % 2:
                missed += int(people.of[article]) + 1 not in found
            else:
                false += bool(found)
        return {"took_ms": took_ms, "missed": missed, "false": false}

    def insert(self, times: int) -> dict[str, Any]:
        """Store the fingerprints of articles, each in a transaction of its own."""
        store, dice, took_ms = self._opened(), random.Random(11), []
        for at in range(times):
            kept = sketch(shingles(words(words_of(dice, "en", words=dice.randint(200, 900)))))
            stored = _listed(store, f"fresh-{os.getpid()}-{at}")
            began = time.perf_counter()
            store.write_now(lambda tx, stored=stored, kept=kept: _put(tx, stored, kept))  # type: ignore[misc]
            took_ms.append((time.perf_counter() - began) * 1e3)
        return {"took_ms": took_ms}

    def _sharing(self, kept: frozenset[int], article: int) -> list[int]:
        found = self._opened().write_now(lambda tx: entries.sharing(tx, kept, but=article + 1, at_least=LEAST_SHARED))
        return [each.n for each in found]

    def _hashes(self, article: int) -> frozenset[int]:
        assert self._population is not None
        return frozenset(self._population.hashes(article).tolist())

    def _opened(self) -> Store:
        assert self._store is not None
        return self._store


def _listed(store: Store, guid: str) -> entries.Stored:
    """Return a new entry of the store, claimed."""
    now = datetime.now(UTC)
    entry = entry_of(_FEED, FeedEntry(guid=guid, title="Made", summary="", url=f"https://example.org/{guid}"), now=now)
    store.write_now(lambda tx: entries.add(tx, [entry]))
    return store.write_now(
        lambda tx: turns.claim(tx, turns.in_turn(tx, "listed", now=now), "listed", now=now, lease=_LEASE)
    )[0]


def _put(tx: Tx, stored: entries.Stored, kept: Iterable[int]) -> None:
    entries.put_prints(tx, stored.n, _article(stored, "A short text."), sketch=kept)


def _article(stored: entries.Stored, text: str) -> Article:
    return Article(entry=stored.entry, title="Made", text=text, language="en", reader=Reader.SOURCE)


def build(state: Path, articles: int) -> dict[str, Any]:
    """Make a store of so many articles; return what it took, and what their fingerprints take on disk."""
    began = time.monotonic()
    store = open_store(state)
    stored = _listed(store, "first")
    article = _article(stored, "A short text.")
    store.write_now(lambda tx: entries.put_article(tx, stored, article, text_hash=text_hash(article.text)))
    store.write_now(lambda tx: entries.close(tx, stored.n))
    store.close()
    with connect(state / FILE_NAME, isolation_level=None) as file:
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-262144", "locking_mode=EXCLUSIVE"):
            file.execute(f"PRAGMA {pragma}")
        file.execute("BEGIN")
        _copy_rows(file, articles)
        before = _pages(file)
        count = _write_hashes(file, population(articles))
        file.execute("COMMIT")
        taken = _taken(file, before)
        file.execute("PRAGMA journal_mode=WAL")
    file.close()
    return {"took_s": time.monotonic() - began, "bytes": taken, "hashes": count,
            "file_bytes": (state / FILE_NAME).stat().st_size}  # fmt: skip


def _copy_rows(file: Connection, articles: int) -> None:
    """Write entries and articles 2 … n as copies of the first, each with an identity of its own."""
    own = {
        "entry": {"n": "k.n", "id": "printf('%016x', k.n)", "guid": "'g' || k.n", "url": "'https://a.example/' || k.n",
                  "url_key": "'a.example/' || k.n", "listed_hash": "CAST(printf('%08x', k.n) AS BLOB)"},
        "article": {"entry": "k.n", "text_hash": "printf('%032x', k.n)"},
    }  # fmt: skip
    for table, values in own.items():
        names = [row[1] for row in file.execute(f"PRAGMA table_info({table})")]
        key = "n" if table == "entry" else "entry"
        picked = ", ".join(values.get(each, f'o."{each}"') for each in names)
        columns = ", ".join(f'"{each}"' for each in names)
        file.execute(
            f"WITH RECURSIVE k(n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM k WHERE n < {articles}) "  # noqa: S608
            f"INSERT INTO {table} ({columns}) SELECT {picked} FROM k JOIN {table} o ON o.{key} = 1"
        )


def _write_hashes(file: Connection, people: Population) -> int:
    flat, owners = people.written_out()
    put = "INSERT INTO fingerprint (hash, entry) VALUES (?, ?)"
    for part in _by_range(flat, people):
        order = part[np.lexsort((owners[part], flat[part]))]
        for at in range(0, len(order), _CHUNK):
            some = order[at : at + _CHUNK]
            file.executemany(put, zip(flat[some].tolist(), owners[some].tolist(), strict=True))
    return len(flat)


def _by_range(flat: Hashes, people: Population) -> Iterator[NDArray[np.int64]]:
    """Give the places of the hashes of one range after the other, so that what is sorted at once stays small."""
    which = ((flat - people.low) // (people.span // _PARTS + 1)).astype(np.int8)
    for part in range(_PARTS):
        yield np.flatnonzero(which == part)


def _pages(file: Connection) -> int:
    return int(file.execute("PRAGMA page_count").fetchone()[0])


def _taken(file: Connection, before: int) -> int:
    """Return the bytes of the pages that came since: nothing but fingerprints did."""
    size = int(file.execute("PRAGMA page_size").fetchone()[0])
    return (_pages(file) - before) * size


def _drop_from_memory(path: Path) -> None:
    """Let the kernel forget what it keeps of a file, as after a restart of the machine."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def main() -> None:
    """Obey until stdin ends."""
    serve(_Program().obey)


if __name__ == "__main__":
    main()
