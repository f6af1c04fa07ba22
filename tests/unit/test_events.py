"""The log's events and the page that explains them name the same things."""

import re
from pathlib import Path

from monitor.model.judgement import Outcome, Reason

EVENT = re.compile(r"\b(?:log|say)(?:\.(?:debug|info|warning|error|exception))?\(\s*\"([a-z_]+)\"")


def test_every_event_stands_on_the_page_and_every_event_on_the_page_is_logged(root: Path) -> None:
    """Who searches a log looks the event up; a page that misses one, or names one that never comes, misleads."""
    logged = {
        name for path in (root / "monitor").rglob("*.py") for name in EVENT.findall(path.read_text(encoding="utf-8"))
    }
    page = (root / "docs/reference/events.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1] for line in page.splitlines() if line.startswith("| `")]
    assert {name for row in rows for name in re.findall(r"`([a-z_]+)`", row)} == logged


def test_every_outcome_and_reason_is_explained(root: Path) -> None:
    """Both lists are closed and documented, so that a program may rely on them."""
    page = (root / "docs/reference/reasons.md").read_text(encoding="utf-8")
    explained = set(re.findall(r"^\| `([a-z_]+)`", page, re.MULTILINE))
    assert explained == {str(each) for each in [*Outcome, *Reason]}
