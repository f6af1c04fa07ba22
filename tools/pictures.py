"""Pictures: how the mails of docs/alerts.md look, taken by Debian's `chromium` (apt install chromium).

In:  the alerts of the seeds, and a digest made of them.
Out: docs/pictures/*.png: an alert by day, 800 pixels wide, and a digest at night, 380 wide.
Not here: what the mails say (monitor/alerting).
"""

import asyncio
import logging
import re
import shutil
import subprocess
import sys
import tempfile
from contextlib import chdir
from html import escape
from pathlib import Path
from typing import Final

import structlog

from monitor.alerting.phrases import change_line
from monitor.alerting.render import as_html
from monitor.config.load import load_config
from monitor.model.delivery import Digest, DigestItem, Wait
from monitor.model.judgement import Alert
from monitor.pipeline.replay import ReplayedClock, replay
from monitor.sources.folders import read_paths
from monitor.wiring import open_replay

ROOT: Final = Path(__file__).resolve().parents[1]
OUT: Final = ROOT / "docs/pictures"
FLAGS: Final = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--virtual-time-budget=2000")
LIMIT_S: Final = 120
MOST_PIXELS: Final = 1_000  # of height; the rest of a long mail looks alike
# A frame of the wanted width, as chromium's own window is never narrower than 500 pixels; its height is written down.
PAGE: Final = """<!DOCTYPE html><meta charset="utf-8"><body style="margin:0"><iframe id="f" style="
border:0;width:{width}px;height:{height}px" srcdoc="{mail}"></iframe><script>f.onload = () => {{ document.title =
f.contentDocument.documentElement.scrollHeight }}</script>"""


def main() -> int:
    """Take the pictures. Returns 1 where there is no chromium."""
    chromium = shutil.which("chromium")
    if chromium is None:
        print("pictures: chromium is not installed", file=sys.stderr)
        return 1
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    OUT.mkdir(exist_ok=True)
    alerts = asyncio.run(_alerts())
    _take(chromium, as_html(alerts[3]), OUT / "alert-day.png", width=800, is_dark=False)
    _take(chromium, as_html(_digest(alerts)), OUT / "digest-night.png", width=380, is_dark=True)
    return 0


async def _alerts() -> list[Alert]:
    config = load_config(ROOT / "tests/golden/demo.yaml")
    clock = ReplayedClock()
    with chdir(ROOT):
        listed = [file.entry for file in read_paths(["seeds/"]).entries]
    async with open_replay(config, baseline=(), watch=None, now=clock) as wiring:
        found = [each async for each in replay(wiring.desk, listed, clock)]
    decided = [decision for each in found if not isinstance(each, Alert) for decision in each.decisions]
    return [decision.alert for decision in decided if decision.alert]


def _digest(alerts: list[Alert]) -> Digest:
    items = [
        DigestItem(
            alert=alert.id,
            watch=alert.watch,
            story=alert.story,
            headline=alert.headline,
            url=f"https://example.org/world/{alert.id}",
            new=tuple(quote.text for quote in alert.new[:2]),
            changed=tuple(map(change_line, alert.changed)),
            outlets=alert.outlets,
            independent=alert.independent,
            severity=alert.severity,
            why=Wait.QUIET,
            created=alert.created,
        )
        for alert in alerts
    ]
    since, until = items[0].created, items[-1].created
    return Digest(
        id="d16e570000000001",
        why=Wait.QUIET,
        name="holidays",
        root=None,
        items=tuple(items),
        since=since,
        created=until,
    )


def _take(chromium: str, mail: str, to: Path, *, width: int, is_dark: bool) -> None:
    scheme = f"--blink-settings=preferredColorScheme={0 if is_dark else 1}"
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder, "page.html")
        page.write_text(PAGE.format(width=width, height=10, mail=escape(mail)), encoding="utf-8")
        seen = _run(chromium, scheme, "--dump-dom", f"--user-data-dir={folder}/a", page.as_uri())
        title = re.search(r"<title>(\d+)</title>", seen)
        height = min(int(title[1]), MOST_PIXELS) if title else MOST_PIXELS
        page.write_text(PAGE.format(width=width, height=height, mail=escape(mail)), encoding="utf-8")
        window = f"--window-size={width},{height}"
        _run(chromium, scheme, window, f"--screenshot={to}", f"--user-data-dir={folder}/b", page.as_uri())


def _run(*words: str) -> str:
    command = [words[0], *FLAGS, *words[1:]]
    return subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S, check=True).stdout


if __name__ == "__main__":
    sys.exit(main())
