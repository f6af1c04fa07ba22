"""An entry that kills its parser: its neighbours are read, it is kept as it came, and no parser gets it again."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeVar

import pytest
from poll_lab import poll_lab, run, sharing
from servers import answer

from monitor.errors import NoWorkerError, WorkerError
from monitor.model.feed import FeedMemory, FirstPoll, Rung
from monitor.sources import feeds, quarantine
from monitor.sources.workers import Workers

T = TypeVar("T")

NAMES = " ".join(f'xmlns:n{n}="u:{n}"' for n in range(62))


def heavy(tags: int, name: str = "heavy") -> str:
    """Return an entry within all caps whose elements, under so many namespaces, take feedparser seconds."""
    content = f'<content type="xhtml"><div xmlns:z="u:z">{"<z:a/>" * tags}</div></content>'
    return f"<entry><id>{name}</id>{content}</entry>"


HEAVY = heavy(98_000)
KIND = {"Content_Type": "application/atom+xml"}


@pytest.fixture(scope="module", autouse=True)
def shared() -> Iterator[None]:
    with sharing():
        yield


@pytest.fixture(autouse=True)
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Kill what takes half a second, as a worker's real limits would kill what takes two."""
    monkeypatch.setattr(feeds, "PARSE_TIMEOUT_S", 0.5)
    monkeypatch.setattr(quarantine, "LAST_TIMEOUT_S", 0.6)


def atom(*entries: str) -> bytes:
    listed = "".join(
        each if each.startswith("<") else f"<entry><id>{each}</id><title>{each}</title></entry>" for each in entries
    )
    return f'<feed xmlns="http://www.w3.org/2005/Atom" {NAMES}>{listed}</feed>'.encode()


def test_neighbours_are_read_and_what_killed_the_parser_is_kept_and_left_out_from_then_on() -> None:
    async def work() -> None:
        stories = [f"Story {n}" for n in range(9, 0, -1)]  # newest first
        async with poll_lab(answer(atom(*stories[:4], HEAVY, *stories[4:]), **KIND)) as lab:
            first = await lab.poll()
            assert first is not None
            assert (first.error, lab.titles) == (None, stories[::-1])
            [kept] = lab.detail.quarantined
            assert kept.raw.startswith("<entry><id>heavy</id>")
            assert "stopped" in kept.reason
            assert any("quarantine" in problem for problem in first.problems)
            assert "quarantined" in [event.kind for _, event in lab.detail.events]
            await lab.poll_when_due(answer(atom("Story 10", *stories[:4], HEAVY, *stories[4:]), **KIND))
            assert lab.titles[-1] == "Story 10"
            assert len(lab.detail.quarantined) == 1
            last = await lab.poll_when_due(answer(atom("Story 11", "Story 10", *stories, HEAVY), **KIND))
            assert (last.added, lab.state.rung) == (1, Rung.DELTA)

    run(work())


def test_two_that_kill_are_both_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quarantine, "STEP_TIMEOUT_S", 0.25)
    monkeypatch.setattr(quarantine, "LAST_TIMEOUT_S", 0.25)

    async def work() -> None:
        one, other = heavy(49_000), heavy(49_000, "heavier")
        async with poll_lab(answer(atom("A", one, "B", "C", other, "D"), **KIND)) as lab:
            await lab.poll()
            assert lab.titles == ["D", "C", "B", "A"]
            assert len(lab.detail.quarantined) == 2

    run(work())


def test_what_one_search_leaves_unread_is_learnt_with_the_first_poll(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quarantine, "MAX_KILLS", 2)

    async def work() -> None:
        async with poll_lab(answer(atom("A", HEAVY, "B", "C"), **KIND)) as lab:
            feed = replace(lab.feed, first_poll=FirstPoll.LEARN)
            lab.desk = replace(lab.desk, feeds={"wire": feed})
            first = await lab.poll()
            assert first is not None
            assert len(lab.titles) < 3
            for _ in range(3):
                await lab.poll_when_due()
            assert sorted(lab.titles) == ["A", "B", "C"]
            await lab.poll_when_due(answer(atom("D", "A", HEAVY, "B", "C"), **KIND))
            with lab.desk.store.read() as tx:
                told = tx.exec_driver_sql("SELECT title FROM entry WHERE NOT is_first_poll").scalars().all()
            assert told == ["D"]

    run(work())


class NoWorkers(Workers):
    """Has a worker for the frame and for half of the entries, and none for the rest."""

    def __init__(self) -> None:
        super().__init__(0)
        self.asked = 0

    async def run(self, function: Callable[..., T], *args: object, timeout_s: float) -> T:
        self.asked += 1
        if self.asked > 3:
            raise NoWorkerError("no worker process could be started")
        return function(*args)


def test_no_entry_is_blamed_where_there_is_no_worker() -> None:
    killed = WorkerError("was stopped after 2 s")
    with pytest.raises(NoWorkerError):
        run(
            quarantine.isolate(
                atom("A", "B"), "https://e.example/", None, FeedMemory(), workers=NoWorkers(), failure=killed
            )
        )


def test_a_feed_whose_own_frame_kills_is_a_failure_and_nobody_is_blamed() -> None:
    async def work() -> None:
        crowd = "".join(f"<n{n % 62}:x/>" for n in range(98_000))
        body = f'<feed xmlns="http://www.w3.org/2005/Atom" {NAMES}><title>T</title>{crowd}{atom("A").decode()}</feed>'
        async with poll_lab(answer(body.encode(), **KIND)) as lab:
            found = await lab.poll()
            assert found is not None
            assert lab.detail.quarantined == ()
            assert found.error is not None or lab.titles == ["A"]

    run(work())
