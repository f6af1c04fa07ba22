"""A small run of the poller's benchmark: every part of it measures something, and its last line says it."""

import json
import subprocess
import sys

import pytest
from programs import ENVIRON, ROOT

PARTS = ("delta", "many")  # the others need another program from the package index, or take minutes
KEYS = {
    "unmodified_vs_reader", "changed_vs_reader", "unchanged_vs_unmodified", "delta_vs_full", "rss_mb_10000_feeds",
    "on_time_share_with_hung_hosts",
}  # fmt: skip


@pytest.mark.slow
def test_the_benchmark_measures_and_says_so_in_its_last_line() -> None:
    words = [sys.executable, "-m", "bench.poll", "--only", *PARTS, "--many", "200", "--delta-feeds", "4"]
    ran = subprocess.run(
        words, cwd=ROOT, env=ENVIRON, capture_output=True, encoding="utf-8",
        timeout=110, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout.splitlines()[-1])
    assert told.keys() >= KEYS
    assert 0 < told["delta_vs_full"] < 0.5  # half of a full parse would be a broken one on any machine
    assert told["delta_speedup"] == pytest.approx(1 / told["delta_vs_full"], rel=0.01)
    assert told["rss_mb_10000_feeds"] > 0
    assert told["unmodified_vs_reader"] is None
