"""A small run of the delivery benchmark: every part of it measures something, and its last line says it."""

import json
import subprocess
import sys

import pytest
from programs import ENVIRON, ROOT


@pytest.mark.slow
def test_the_benchmark_measures_and_says_so_in_its_last_line() -> None:
    words = [sys.executable, "-m", "bench.deliver", "--messages", "10", "--repeats", "1", "--only", "bare", "dead"]
    ran = subprocess.run(
        words, cwd=ROOT, env=ENVIRON, capture_output=True, encoding="utf-8", timeout=110, check=False
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout.splitlines()[-1])
    assert told.keys() >= {"dead_channel_p95_ratio", "mail_vs_stock_apprise", "outbox_vs_bare"}
    assert told["outbox_vs_bare"] == max(told["mail_vs_smtplib"], told["web_vs_requests"]) > 0.5
    assert told["dead_channel_p95_ratio"] > 0
    assert told["mail_vs_stock_apprise"] is None  # not asked for
