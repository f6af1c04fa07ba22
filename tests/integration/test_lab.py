"""The scripted newsroom of the shared lab, played to the end with a receiver that hangs: every step at its ideal."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

STEPS = 16  # of lab.py, 8 and 9 in parts, and one more (lab_faults.py)


@pytest.fixture(scope="module")
def play(shared: Path, root: Path) -> subprocess.CompletedProcess[str]:
    script = shared / "lab" / "lab.py"
    if not script.is_file():
        pytest.skip(f"the lab is absent ({script})")
    faults = root / "tests" / "lab_faults.py"
    words = [
        sys.executable,
        str(faults),
        str(script.parent),
        "--monitor",
        f"{shlex.quote(sys.executable)} -m monitor",
        "-v",
    ]
    environ = os.environ | {"PYTHONPATH": str(root), "OPENBLAS_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(words, cwd=root, env=environ, capture_output=True, text=True, timeout=400, check=False)


@pytest.mark.slow
@pytest.mark.timeout(420)
def test_nothing_is_false_missed_lost_or_told_twice(play: subprocess.CompletedProcess[str]) -> None:
    assert play.returncode == 0, play.stdout + play.stderr
    score = json.loads(play.stdout.splitlines()[-1])
    assert {key: score[key] for key in ("false", "missed", "duplicates", "lost", "late")} == {
        "false": 0, "missed": 0, "duplicates": 0, "lost": 0, "late": 0,
    }  # fmt: skip
    assert score["alerted"] == score["due"] > 0


@pytest.mark.slow
@pytest.mark.timeout(420)
def test_every_step_is_at_its_ideal(play: subprocess.CompletedProcess[str]) -> None:
    """Also the number of alerts and the exit code of each pass: the last line alone would not show them."""
    steps = play.stdout.splitlines()[:-1]
    assert len(steps) == STEPS
    assert [line for line in steps if not re.search(r" \d+\.\ds  ok( |$)", line)] == []
    for line in steps:
        alerts, ideal = (int(line.split(f"{name}=")[1].split()[0]) for name in ("alerts", "ideal"))
        assert alerts == ideal, line


@pytest.mark.slow
@pytest.mark.timeout(420)
def test_every_alert_says_the_new_fact_itself(play: subprocess.CompletedProcess[str]) -> None:
    score = json.loads(play.stdout.splitlines()[-1])
    assert score["named"] == score["alerted"]
