"""The demo: what `monitor replay seeds/` shows, byte for byte."""

import os
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

Golden = Callable[[Path, str], None]


@cache
def replay(root: Path, *options: str) -> str:
    """Return what the program prints of the seeds, in an environment that is not this one."""
    command = [sys.executable, "-m", "monitor", "-c", "tests/golden/demo.yaml", "replay", "seeds/", *options]
    environ = {"PATH": os.environ["PATH"], "LANG": "C", "TZ": "Asia/Kathmandu", "PYTHONHASHSEED": "7"}
    done = subprocess.run(command, cwd=root, env=environ, capture_output=True, timeout=60, check=False)
    assert done.stderr == b""
    assert done.returncode == 0
    return done.stdout.decode("utf-8")


@pytest.mark.parametrize(("options", "name"), [((), "demo.txt"), (("--json",), "demo.jsonl")])
def test_the_demo_shows_the_same_bytes_everywhere(
    root: Path, golden: Golden, options: tuple[str, ...], name: str
) -> None:
    """Neither the clock, the locale, the zone nor the hash seed shows; the face only changes on purpose."""
    golden(root / "tests/golden" / name, replay(root, *options))


def test_the_demo_calls_out_the_numbers_that_changed(root: Path) -> None:
    """That is what a reader remembers: 300 dead became 500, and nothing of a page's furniture is quoted."""
    shown = replay(root)
    for change in ("300 → 500", "15,000 → 13,000", "March → February"):
        assert change in shown
    assert "Leave a Reply" not in shown


def test_who_knows_the_seeds_is_told_nothing(root: Path) -> None:
    """With the seeds as baseline, everything in them is known."""
    replay(root, "--baseline", "seeds/", "--expect-alerts", "0")
