"""An archive: what a watch has judged in five years, made at once in the program's own schema.

In:  an empty state folder, how many judged sentences it is to hold.
Out: a store with so many sentences, and the articles, fingerprints, decisions and stories that come with them.
Not here: what is judged beside it (novelty_desk.py), articles and their fingerprints (read_near_store.py).

An article has 25 sentences, a story four articles. A story's words are those of an article on the same subject as the
articles that will be judged: how many stories have a word follows Zipf's law, as with real words. What no step reads
again is as short as the schema allows: the texts of sentences and of articles.
"""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np

from bench.novelty_words import Words
from bench.read_near_store import build
from monitor.analysis.stories import MOST_TERMS, WINDOW
from monitor.store import codec
from monitor.store.engine import FILE_NAME
from monitor.text.tokens import stem, words

WATCH: Final = "bench"
SEED: Final = 50_005
SPAN: Final = timedelta(days=1_826)
SENTENCES: Final = 25  # of an article
ARTICLES: Final = 4  # of a story
_TOKENS: Final = 150  # telling ones of a title, twice, and the first 900 characters
_MICROSECOND: Final = timedelta(microseconds=1)
_DECISIONS: Final = """
    WITH RECURSIVE k(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM k WHERE n < :articles)
    INSERT INTO decision (entry, watch, outcome, reason, story, matched, note, at)
    SELECT n, :watch, CASE n % 5 WHEN 0 THEN 'alerted' ELSE 'known' END,
           CASE n % 5 WHEN 0 THEN 'new_development' ELSE 'nothing_new' END,
           printf('s%015x', (n - 1) / :of_story), '[]', '', :first + n * :each FROM k
"""
_SENTENCES: Final = """
    WITH RECURSIVE k(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM k WHERE n < :last)
    INSERT INTO sentence (entry, watch, k, text, label, score, salience, facts, changes)
    SELECT d.entry, d.watch, k.n, 's', 'new', 0.5, 0.5, 0, '[]' FROM decision d CROSS JOIN k
"""
_STORY: Final = """
    INSERT INTO story (id, watch, title, terms, articles, created, updated, is_open) VALUES (?, ?, 's', ?, ?, ?, ?, ?)
"""


def make_archive(state: Path, sentences: int) -> dict[str, Any]:
    """Write the archive; return what it holds and takes on disk."""
    articles = max(ARTICLES, sentences // SENTENCES)
    built = build(state, articles)
    with closing(sqlite3.connect(state / FILE_NAME, isolation_level=None)) as file:
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-262144", "locking_mode=EXCLUSIVE"):
            file.execute(f"PRAGMA {pragma}")
        file.execute("BEGIN")
        opened = _write_stories(file, articles)
        _write_decisions(file, articles)
        file.execute("COMMIT")
        file.execute("PRAGMA journal_mode=WAL")
        (held,) = file.execute("SELECT count(*) FROM sentence").fetchone()
    size = (state / FILE_NAME).stat().st_size
    return {"sentences": held, "articles": articles, "open_stories": opened, "file_bytes": size, "built": built}


def _moments(count: int) -> tuple[int, int]:
    """Return when the first of so many things was, and how long after it each other one, in microseconds."""
    now = (datetime.now(UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // _MICROSECOND
    each = (SPAN // _MICROSECOND) // (count + 1)
    return now - each * count, each


def _write_decisions(file: sqlite3.Connection, articles: int) -> None:
    """Write what became of each article, one in five told, and its sentences."""
    first, each = _moments(articles)
    asked = {"articles": articles, "watch": WATCH, "of_story": ARTICLES, "first": first, "each": each}
    file.execute(_DECISIONS, asked)
    file.execute(_SENTENCES, {"last": SENTENCES - 1})


def _write_stories(file: sqlite3.Connection, articles: int) -> int:
    """Write the stories, and the words of those that are still open; return how many those are."""
    stories = articles // ARTICLES
    first, each = _moments(stories)
    opened = min(stories, int(stories * (WINDOW / SPAN)))
    of = _words_of(opened)
    told = ["{}"] * (stories - opened) + [codec.dump(dict.fromkeys(one, 1.0)) for one in of]
    file.executemany(
        _STORY,
        (
            (f"s{at:015x}", WATCH, terms, ARTICLES, first + at * each, first + at * each, at >= stories - opened)
            for at, terms in enumerate(told)
        ),
    )
    held = sorted((term, f"s{stories - opened + at:015x}") for at, one in enumerate(of) for term in one)
    file.executemany("INSERT INTO story_word (watch, term, story) VALUES ('bench', ?, ?)", held)
    file.execute("INSERT INTO spread (watch, term, stories) SELECT watch, term, count(*) FROM story_word GROUP BY 1, 2")
    return opened


def _words_of(stories: int) -> list[list[str]]:
    """Return the words of so many stories."""
    stems = [stem(words(each)[0], "en") for each in Words(SEED).words]
    shares = 1 / np.arange(1, len(stems) + 1)
    drawn = np.random.default_rng(SEED).choice(len(stems), size=(stories, _TOKENS), p=shares / shares.sum())
    return [sorted({stems[at] for at in row})[:MOST_TERMS] for row in drawn.tolist()]
