"""A feed that lists thousands of matching entries: told under the cap and in one digest, and in nobody's way.

`make test-long` lists all ten thousand of the shared recipe.
"""

import asyncio
import json
import os
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest
from hostile_samples import HOSTILE
from sequence_lab import Clock, Item, Program, daemon, play, stage

from monitor.alerting.digests import headline
from monitor.alerting.formats import FACES, render
from monitor.alerting.render import as_html
from monitor.model.delivery import Digest
from monitor.store import outbox
from tests.integration.test_outgoing import texts

RECIPE = HOSTILE / "sequence" / "sequence-05-flood.json"
SAMPLE = 160
AT_ONCE = 2_000  # entries that are read of one answer
CAP = 30
LATE_S = 60.0


def size() -> int:
    """Return how many entries are listed: a sample, or all."""
    if not os.environ.get("LONGER"):
        return SAMPLE
    return int(json.loads(RECIPE.read_text())["items"]) if RECIPE.is_file() else 10_000


@pytest.fixture(scope="module", autouse=True)
def staged() -> Iterator[None]:
    with stage():
        yield


class Shifted(Clock):
    """A clock that runs as the world's does, and may be put forward."""

    def __call__(self) -> datetime:
        return self.at + timedelta(seconds=time.monotonic())


async def holds(what: Callable[[], Awaitable[bool]], within_s: float) -> float:
    """Wait until something is so; return for how long."""
    began = time.monotonic()
    while not await what():
        assert time.monotonic() - began < within_s
        await asyncio.sleep(0.05)
    return time.monotonic() - began


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_flood_is_one_digest_and_keeps_nobody_waiting(tmp_path: Path) -> None:
    count, clock = size(), Shifted()
    flood, [other] = texts(count), texts(1, first=1_000_000)

    async def act(program: Program) -> None:
        async def decided(most: int) -> bool:
            return len(await decisions(program)) >= most

        async def told(text: str) -> bool:
            return any(text.partition("\n")[0] in each for each in program.messages)

        async with daemon(program):
            for at in range(0, count, AT_ONCE):
                read = flood[at : at + AT_ONCE]
                program.press.feeds["flood"] = [Item(f"f{at + n}", text) for n, text in enumerate(read)]
                await holds(partial(listed, program, at + len(read)), 60)
            await holds(lambda: decided(40), 60)  # in the middle of it
            program.press.feeds["other"] = [Item("o", other)]
            await holds(lambda: told(other), LATE_S)
            await holds(lambda: decided(count + 1), count)
            for wait in (timedelta(minutes=10), timedelta(minutes=61)):  # the second one for what took long to judge
                clock.at += wait
                await asyncio.sleep(2.5)  # for a tick or two
        await account(program, count)

    play(tmp_path, act, "flood", "other", now=clock, feed={"every": "1s"})


async def listed(program: Program, upto: int) -> bool:
    count = "SELECT count(*) FROM entry WHERE feed = 'flood'"
    return int(await program.desk.store.write(lambda tx: tx.exec_driver_sql(count).scalar()) or 0) >= upto


async def decisions(program: Program) -> list[tuple[str, str]]:
    asked = "SELECT outcome, reason FROM decision"
    rows = await program.desk.store.write(lambda tx: tx.exec_driver_sql(asked).all())
    return [(row[0], row[1]) for row in rows]


async def account(program: Program, count: int) -> None:
    """Hold what was decided against what was told: each entry by itself, in a digest, or silent for a reason."""
    found = Counter(await decisions(program))
    assert found.total() == count + 1
    assert {outcome for outcome, _ in found} <= {"alerted", "digest", "known", "duplicate"}
    stored = await program.desk.store.write(lambda tx: outbox.alerts(tx, limit=99_999))
    digests = sorted((each for each in stored if isinstance(each, Digest)), key=lambda each: each.created)
    assert {later.created - one.created > timedelta(minutes=59) for one, later in pairwise(digests)} <= {True}
    told = [item.alert for digest in digests for item in digest.items]
    assert len(set(told)) == len(told) == found["digest", "over_cap"]
    assert len(program.messages) - len(digests) == found["alerted", "new_development"] < CAP
    for digest in digests:
        assert any(each.startswith(headline(digest).partition(":")[0]) for each in program.messages)
        fits_everywhere(digest)


def fits_everywhere(digest: Digest) -> None:
    for face in FACES.values():
        message = render(digest, face.format, limit=face.limit, title_limit=face.title_limit)
        assert len(message.title) + len(message.body) <= face.limit
    assert len(as_html(digest).encode()) < 1_000_000
