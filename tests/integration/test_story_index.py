"""The words that stories are found by: kept beside them, and never out of step whatever happens to stories."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.dialects import sqlite

from monitor.analysis.stories import merged
from monitor.model.story import Story
from monitor.store import codec, decisions, stories
from monitor.store.engine import Tx, open_scratch
from monitor.store.tables import SpreadRow, StoryRow, StoryWordRow
from tests.article_samples import MAY_1

KEPT = timedelta(days=3)
WATCHES = ("coast", "ports")

ids = st.sampled_from(["s0", "s1", "s2", "s4"])
terms = st.dictionaries(
    st.sampled_from(["harbour", "strike", "wages", "ferry", "lava", "ash"]), st.just(2.0), max_size=4
)
deeds = st.lists(
    st.one_of(
        st.tuples(st.just("ensure"), ids, terms, st.integers(0, 9)),
        st.tuples(st.just("put"), ids, terms, st.integers(0, 9)),
        st.tuples(st.just("merge"), ids, ids),
        st.tuples(st.just("split"), ids, terms, terms),
    ),
    max_size=12,
)


def story(name: str, words: dict[str, float], day: int) -> Story:
    at = MAY_1 + timedelta(days=day)
    watch = WATCHES[int(name[1]) % 2]
    return Story(id=name, watch=watch, title=name, terms=words, articles=1, created=at, updated=at)


def do(tx: Tx, deed: str, name: str, *rest: object) -> None:
    found = stories.get(tx, name)
    match deed, rest:
        case "ensure", (dict(words), int(day)):
            stories.ensure(tx, story(name, words, day))
        case "put", (dict(words), int(day)):
            told = story(name, words, day)
            stories.ensure(tx, told)
            stories.put(tx, told, close_before=told.updated - KEPT)
        case "merge", (str(into),):
            target = stories.get(tx, into)
            if found and target and found.id != target.id and found.watch == target.watch:
                stories.merge(tx, merged(target, found), found)
        case "split", (dict(one), dict(other)):
            if found:
                fresh = story(f"{found.id}+", other, 5)
                if not stories.is_known(tx, fresh.id):
                    kept = Story(**{**{key: getattr(found, key) for key in Story.__slots__}, "terms": one})
                    stories.split(tx, kept, fresh, ids=(), leaving=())


def check(tx: Tx) -> None:
    words = tx.execute(select(StoryWordRow.watch, StoryWordRow.term, StoryWordRow.story)).all()
    open_rows = tx.execute(select(StoryRow.__table__).where(StoryRow.is_open)).all()
    held = {(row.watch, term, row.id) for row in open_rows for term in codec.load_weights(row.terms)}
    assert {tuple(row) for row in words} == held
    assert all(row.merged_into is None for row in open_rows)
    counted = {(row.watch, row.term): row.stories for row in tx.execute(select(SpreadRow.__table__))}
    assert counted == Counter((row.watch, row.term) for row in words)  # what stands nowhere any more is not kept as 0
    for watch in WATCHES:
        spread = stories.spread(tx, watch, {row.term for row in words})
        assert spread.total == sum(row.watch == watch for row in open_rows)


def test_what_storing_a_story_costs_does_not_follow_the_words_of_all_others() -> None:
    """Counted in SQLite's own steps: a statement that sets a row's id looks through all rows that may refer to it."""

    def steps(others: int) -> int:
        store, taken = open_scratch(), [0]

        def work(tx: Tx) -> None:
            words = {f"w{at}": 1.0 for at in range(20)}
            for at in range(others):
                stories.ensure(tx, replace(story("s0", {}, 0), id=f"other-{at}", terms=words))
            mine = story("s2", {"harbour": 2.0}, 1)
            stories.ensure(tx, mine)
            driver = tx.connection.driver_connection
            assert driver is not None
            driver.set_progress_handler(lambda: taken.__setitem__(0, taken[0] + 1), 100)
            stories.put(tx, replace(mine, articles=2), close_before=MAY_1 - KEPT)
            driver.set_progress_handler(None, 0)

        store.write_now(work)
        store.close()
        return taken[0]

    assert steps(200) <= steps(10) + 2


@pytest.mark.parametrize("question", [decisions._TOLD_OF, decisions._UNTOLD_OF])
def test_the_articles_of_a_story_are_found_by_the_story(question: Any) -> None:
    """The index of a watch and its times would lead through all that it ever judged, where a story has few."""
    store, asked = open_scratch(), {"watch": "ports", "family": ["s0"], "most": 9, "but": ""}

    def plan(tx: Tx) -> list[str]:
        state = question.compile(dialect=sqlite.dialect()).construct_expanded_state(asked)
        rows = tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {state.statement}", (None,) * len(state.positional_parameters))
        return [row[-1] for row in rows]

    steps = store.write_now(plan)
    store.close()
    assert any("ix_decision_story (story=?)" in step for step in steps)


def test_carriers_are_found_one_by_one() -> None:
    """Not through the story: one that everybody writes about has thousands, of which a few bear on an article."""
    store, asked = open_scratch(), {"watch": "ports", "family": "[]", "entries": "[]"}
    steps = store.write_now(
        lambda tx: [row[-1] for row in tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {stories._CARRIERS_OF}", asked)]
    )
    store.close()
    found = [step for step in steps if step.startswith("SEARCH")]
    assert len(found) == 5
    assert not any("story=?" in step for step in steps)
    assert all(step.split()[1] in ("asked", "json_each") for step in steps if step.startswith("SCAN"))


@given(deeds)
def test_what_is_counted_is_what_counting_anew_gives(done: list[tuple[str, ...]]) -> None:
    """After any sequence: each open story's words and no others, and in how many open stories each stands."""
    store = open_scratch()
    try:
        for deed in [*(("ensure", name, {"ash": 2.0}, 0) for name in ("s0", "s1", "s2", "s4")), *done]:
            store.write_now(lambda tx, deed=deed: do(tx, *deed))
            store.write_now(check)
    finally:
        store.close()


def test_old_stories_are_closed_a_few_at_a_time_and_opened_by_a_new_article() -> None:
    store = open_scratch()

    def found(tx: Tx) -> list[str]:
        return sorted(each.id for each in stories.having(tx, "coast", {"ash": 1.0}, since=MAY_1))

    def put(tx: Tx, name: str, day: int) -> None:
        told = story(name, {"ash": 2.0}, day)
        stories.ensure(tx, told)
        stories.put(tx, told, close_before=told.updated - KEPT)

    old = [f"s0{n}" for n in range(stories.CLOSED_AT_ONCE + 1)]
    for name in old:
        store.write_now(lambda tx, name=name: put(tx, name, 0))
    store.write_now(lambda tx: put(tx, "s2", 9))
    assert len(store.write_now(found)) == 2  # the new one, and the last of the old ones
    store.write_now(lambda tx: put(tx, "s2", 9))
    assert store.write_now(found) == ["s2"]
    store.write_now(lambda tx: put(tx, old[0], 9))
    assert store.write_now(found) == [old[0], "s2"]
    store.write_now(check)
    store.close()
