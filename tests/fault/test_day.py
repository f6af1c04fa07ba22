"""A day of news with quiet hours, caps, groups, digests, silences and a dead channel, lived by processes that die.

However often they die, each alert is told to each channel once, as if they had not; what a receiver got twice is the
same message under the same key, and only where the program died between its being taken and its record.
"""

import json
import os
import subprocess
import sys
from collections import Counter
from functools import cached_property
from pathlib import Path

import pytest
from programs import ENVIRON, ROOT, Line

LONGER = int(os.environ.get("LONGER", "1"))
TIMES = 1 if LONGER == 1 else 1_000  # at each named point
SEEDS = range(LONGER)
KILLS = 8 if LONGER == 1 else 100  # a day, at random


class Day:
    """One day, lived to its end."""

    def __init__(self, folder: Path, how: str) -> None:
        environ = ENVIRON | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")])}
        words = [sys.executable, str(ROOT / "tests" / "day_lab.py"), str(folder), how]
        ran = subprocess.run(words, env=environ, capture_output=True, text=True, timeout=1500, check=False)
        assert ran.returncode == 0, ran.stderr
        self.kills, self._folder = int(ran.stdout), folder

    @cached_property
    def accepted(self) -> list[Line]:
        return [json.loads(line) for line in (self._folder / "accepted.jsonl").read_text().splitlines()]

    @property
    def points(self) -> Counter[str]:
        lines = (self._folder / "points").read_text().splitlines()
        return Counter(line.partition(" ")[2] for line in lines)

    @property
    def messages(self) -> Counter[tuple[str, ...]]:
        """How often each message was taken; one key is one message only if what it tells is the same."""
        return Counter((each["channel"], each["key"], *each["told"]) for each in self.accepted)

    @property
    def told(self) -> Counter[tuple[str, str]]:
        """How often each channel was told each alert, twins aside."""
        return Counter((channel, alert) for channel, _, *told in self.messages for alert in told)

    @property
    def twins(self) -> int:
        """How many were taken again, each by another life than the one before: that one died in between."""
        lives = {(each["channel"], each["key"], each["life"]) for each in self.accepted}
        assert len(lives) == len(self.accepted)
        return len(self.accepted) - len(self.messages)

    def keys(self, channel: str) -> set[str]:
        return {each["key"] for each in self.accepted if each["channel"] == channel}


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> Day:
    return Day(tmp_path_factory.mktemp("usual"), "never")


@pytest.mark.slow
def test_the_day_has_everything_in_it(usual: Day) -> None:
    kinds = Counter((each["channel"], each["digest"]) for each in usual.accepted)
    assert {kind for channel, kind in kinds if channel == "chat"} >= {
        "",
        "group",
        "quiet",
        "overflow",
        "silenced",
        "backlog",
    }
    assert ("desk", "schedule") in kinds
    assert set(usual.told.values()) == {1}
    assert usual.twins == 0


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_killed_at_each_named_point_it_tells_the_same(usual: Day, tmp_path: Path) -> None:
    day = Day(tmp_path, f"each:{TIMES}")
    assert day.told == usual.told
    assert day.keys("desk") == usual.keys("desk")  # on the dead one, what died as it was sent stays by itself
    assert len({key for _, key, *_ in day.messages}) == len(day.messages)
    assert day.twins >= sum(day.points[place] for place in ("send accepted", "close.write before commit")) > 0
    assert 25 <= day.kills <= day.points.total()  # two threads may reach one at once
    for commit in ("before commit", "after commit"):
        for made in ("", " group", " quiet", " overflow", " schedule", " silenced"):
            assert day.points[f"claim.claim {commit}{made}"], made
        assert day.points[f"close.write {commit} backlog"]
        for step in ("expire", "silence", "begin", "close.write"):
            assert day.points[f"{step} {commit}"], step


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", SEEDS)
def test_killed_at_random_it_tells_the_same(usual: Day, tmp_path: Path, seed: int) -> None:
    day = Day(tmp_path, f"{seed}:{KILLS}")
    assert day.kills >= KILLS // 2  # the others came after the end
    assert day.told == usual.told
    assert day.keys("desk") == usual.keys("desk")
    assert day.twins <= day.kills
