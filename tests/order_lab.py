"""Reports on three events by several desks and feeds, at random hours: what is told of them must hang on no order."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from newsroom import TOPICS
from programs import Line, run_here

DESKS = ("north", "east", "south", "west")
MORNING = datetime(2024, 5, 1, 6, tzinfo=UTC)


@dataclass(frozen=True)
class Report:
    """One article, and the feed that lists it."""

    url: str
    text: str
    date: datetime | None
    feed: str


def reports(seed: int) -> list[Report]:
    """Return reports, rewrites and copies on three events at random hours, several within each."""
    chance = Random(seed)
    texts = [text for topic in TOPICS for text in (topic.first, *topic.rewrites, *topic.developments)]
    return [
        Report(
            url=f"https://{chance.choice('abcde')}.example/{at}",
            text=text,
            date=MORNING + timedelta(hours=chance.randrange(5)),
            feed=chance.choice(DESKS),
        )
        for at, text in enumerate(texts * 2)
    ]


def put(folder: Path, some: Sequence[Report]) -> None:
    for each in some:
        title, _, body = each.text.partition("\n")
        dated = f"date: {each.date.isoformat()}\n" if each.date else ""
        front = f"---\nurl: {each.url}\n{dated}title: {title}\n---\n"
        name = f"{each.url.rpartition('//')[2].replace('/', '-')}.txt"
        (folder / each.feed / name).write_text(front + body, encoding="utf-8")


def desk(folder: Path, some: Sequence[Report], **watch: object) -> Path:
    for name in DESKS:
        (folder / name).mkdir(parents=True)
    put(folder, some)
    config = {
        "version": 1,
        "feeds": [{"name": name, "folder": name, "first_poll": "judge"} for name in DESKS],
        "watches": [{"name": "all", "match": "*:*", "novelty": {"embedder": "none"}} | watch],
    }
    path = folder / "monitor.yaml"
    path.write_text(json.dumps(config), encoding="utf-8")
    return path


def once(config: Path) -> list[Line]:
    ran = run_here(config, "--json", "once", "--now")
    assert ran.code == 0
    return ran.lines


def told(lines: Sequence[Line]) -> list[object]:
    """Return all that a reader sees of each decision and alert, without the ids, in which the feed's name is."""
    kept = ("type", "title", "url", "outcome", "reason", "novelty", "headline", "revision", "outlets", "independent")
    seen = [{key: line.get(key) for key in kept} for line in lines if line["type"] in ("decision", "alert")]
    quotes = [[each["text"] for each in line["new"]] for line in lines if line["type"] == "alert"]
    return [seen, quotes]
