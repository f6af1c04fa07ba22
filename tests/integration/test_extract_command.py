"""`monitor extract` tells what the reader sees of a page, and which reader it was."""

import json
from pathlib import Path

from feed_desk import Shell

LINE = "The government asked the mission to leave without delay, the foreign minister told the council on Friday."
PAGE = (
    "<html lang='en'><head><title>Mission asked to leave</title>"
    "<link rel='canonical' href='https://www.example.org/world/mission-asked-to-leave'></head>"
    f"<body><article>{''.join(f'<p>{number}. {LINE}</p>' for number in range(5))}%s</article></body></html>"
)
URL = "https://example.org/world/mission-asked-to-leave?page=1"


def written(folder: Path, **pages: str) -> list[str]:
    for name, markup in pages.items():
        (folder / f"{name}.html").write_text(markup, encoding="utf-8")
    return [str(folder / f"{name}.html") for name in pages]


def test_a_page_and_a_flooded_one_are_shown_with_their_reader(monitor: Shell, tmp_path: Path) -> None:
    files = written(tmp_path, good=PAGE % "", flooded=PAGE % ("<p>x" * 40_000))
    ran = monitor("--json", "extract", *files, "--url", URL)
    assert ran.code == 0
    good, flooded = map(json.loads, ran.out.splitlines())
    for page in (good, flooded):
        assert page["title"] == "Mission asked to leave"
        assert page["text"].count(LINE) == 5
        assert page["canonical"] == "https://www.example.org/world/mission-asked-to-leave"
        assert (page["wall"], page["barrier"]) == (False, None)
    assert (good["degraded"], good["problem"]) == (False, None)
    assert (flooded["degraded"], flooded["problem"]) == (
        True,
        "a simpler reader had to do: holds more than 30,000 tags",
    )
    shown = monitor("extract", *files).out
    assert "\nread by the page reader\n" in shown
    assert "\na simpler reader had to do: holds more than 30,000 tags\n" in shown


def test_walls_and_error_pages_are_named(monitor: Shell, tmp_path: Path) -> None:
    body = "<html><body><h1>%s</h1><p>%s</p></body></html>"
    files = written(
        tmp_path,
        consent=body % ("Before you continue", "Accept all cookies, ours and those of our partners."),
        gone=body % ("Page not found", "It may have been moved."),
    )
    ran = monitor("--json", "extract", *files)
    consent, gone = map(json.loads, ran.out.splitlines())
    assert (ran.code, consent["wall"], consent["barrier"]) == (0, True, "consent wall")
    assert (gone["wall"], gone["barrier"]) == (False, "error page")
    shown = monitor("extract", *files).out
    assert "\nbehind a consent wall\n" in shown
    assert "\nthis is an error page\n" in shown
