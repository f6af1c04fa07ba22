"""A small run of the reading benchmark: every part of it measures something, and its last line says it."""

import json
import subprocess
import sys

import pytest
from programs import ENVIRON, ROOT

PARTS = ("made", "near", "terms")  # the others need the shared pages or the extra `semantic`
SMALL = (
    "--made", "4", "--warm", "8", "--repeats", "1", "--articles", "1500", "--look-ups", "40", "--texts", "16",
    "--terms", "1000",
)  # fmt: skip
KEYS = {
    "pages_vs_trafilatura", "after_extraction_share", "near_p50_ms", "near_p99_ms", "near_bytes_each",
    "terms_10000_ms", "terms_1000_speedup_vs_re",
}  # fmt: skip


@pytest.mark.slow
def test_the_benchmark_measures_and_says_so_in_its_last_line() -> None:
    words = [sys.executable, "-m", "bench.read", "--only", *PARTS, *SMALL]
    environ = {**ENVIRON, "NEWS_SHARED": "/nonexistent"}  # our own pages and texts, wherever this runs
    ran = subprocess.run(
        words, cwd=ROOT, env=environ, capture_output=True, encoding="utf-8",
        timeout=110, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout.splitlines()[-1])
    assert told.keys() >= KEYS
    assert 0 < told["pages_vs_trafilatura"] < 10
    assert 0 < told["after_extraction_share_unmatched"] < told["after_extraction_share_matched"]
    assert 0 < told["near_p50_ms"] <= told["near_p99_ms"]
    assert 20 < told["near_bytes_each"] < 2_000
    assert told["near_missed_share"] == 0  # every copy that was looked up found its original
    assert told["near_false_share"] == 0
    assert told["terms_1000_speedup_vs_re"] > 1
    assert told["terms_10000_ms"] is None  # fewer terms were asked for


@pytest.mark.slow
def test_the_steps_of_the_benchmark_are_still_the_programs() -> None:
    """A step that was renamed would move its time unseen to everything else."""
    words = [sys.executable, "-c", "from bench.read_steps import Steps; print(Steps().missing)"]
    ran = subprocess.run(words, cwd=ROOT, env=ENVIRON, capture_output=True, encoding="utf-8", timeout=60, check=False)
    assert ran.stdout.strip() == "[]", ran.stderr
