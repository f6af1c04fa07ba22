"""What is told does not hang on the order in which things arrive: whichever feed answers first, whoever lists what."""

from dataclasses import replace
from pathlib import Path

import pytest
from order_lab import DESKS, desk, once, reports, told
from programs import run_here


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_whichever_feed_lists_an_article_the_same_is_told(tmp_path: Path, seed: int) -> None:
    """Feeds are asked one after the other, and the store numbers what they bring: that must decide nothing."""
    some = reports(seed)
    turned = [replace(each, feed=DESKS[(DESKS.index(each.feed) + 1) % 4]) for each in some]
    usual = once(desk(tmp_path / "usual", some))
    assert sum(line["type"] == "alert" for line in usual) >= 5
    assert told(usual) == told(once(desk(tmp_path / "turned", turned)))
    undated = [
        once(desk(tmp_path / name, [replace(each, date=None) for each in those]))
        for name, those in (("u1", some), ("u2", turned))
    ]
    assert told(undated[0]) == told(undated[1])
    with_confirm = [
        told(once(desk(tmp_path / name, each, confirm={"wait": "1h"}))) for name, each in (("c1", some), ("c2", turned))
    ]
    assert with_confirm[0] == with_confirm[1]


def test_a_replay_tells_what_a_pass_tells(tmp_path: Path) -> None:
    """Several have the same date: then the address decides, not the name of the file."""
    config = desk(tmp_path, reports(3))
    replayed = run_here(config, "--json", "replay", *(tmp_path / name for name in DESKS[::-1]))
    assert told(replayed.lines) == told(once(config))
