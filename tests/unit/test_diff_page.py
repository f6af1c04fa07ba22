"""The page of `diff`: one document that loads nothing, runs nothing and can be read by anybody."""

import re
from collections.abc import Callable
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from diff_samples import HOSTILE, SENTENCES, compared

from monitor.cli.diff_page import as_page

VOID = {"meta", "input"}


class Tree(HTMLParser):
    """Every element with its attributes; raises where one is not closed in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self._open: list[str] = []
        self.words = ""
        self.feed(page)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        assert len(dict(attrs)) == len(attrs)
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.elements if name == tag]


def test_texts_as_the_page_has_them(golden: Callable[[Path, str], None], root: Path) -> None:
    quiet = compared(file="inbox/quiet.md", language="fr", sentences=SENTENCES[1:3], novelty=0.1)
    golden(root / "tests/golden/diff.html", as_page([compared(), quiet, compared(file="empty.md", sentences=())]))


def test_the_page_loads_nothing_and_runs_nothing() -> None:
    page = as_page([compared(), HOSTILE])
    tree = Tree(page)
    names = {name for name, _ in tree.elements}
    assert not names & {"script", "link", "img", "iframe", "object", "base", "form", "svg"}
    assert all(not key.startswith("on") for _, attrs in tree.elements for key in attrs)
    assert {attrs["href"] for attrs in tree.all("a")} == {"#text-1", "#text-2"}
    assert "url(" not in page
    assert "@import" not in page
    policy = next(attrs["content"] for attrs in tree.all("meta") if "http-equiv" in attrs)
    assert policy == "default-src 'none'; style-src 'unsafe-inline'"


def test_hostile_titles_stay_words() -> None:
    page = as_page([HOSTILE])
    tree = Tree(page)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", page)
    assert "<img src=x onerror=alert(1)>" in tree.words
    assert "fdp.<script>" in tree.words
    assert "</td></table><b> x" in tree.words
    assert [attrs for attrs in tree.all("div") if attrs.get("lang") == 'en" onload="x']


def test_the_table_has_headings_and_each_row_a_label_in_words() -> None:
    tree = Tree(as_page([compared()]))
    assert [attrs["scope"] for attrs in tree.all("th")] == ["col"] * 4 + ["row"] * len(SENTENCES)
    assert tree.all("html") == [{"lang": "en", "dir": "ltr"}]
    cells = tree.all("div")
    assert all(attrs["dir"] == "auto" for attrs in cells)
    assert {attrs["lang"] for attrs in cells} == {"en", ""}  # of what is known, the language is not
    for word in ("+ new", "~ changed", "= known", "· noise"):
        assert word in tree.words


def test_values_are_marked_on_both_sides() -> None:
    page = as_page([compared()])
    assert "At least <mark>500</mark> people were killed in Moura; 1,500 had" in page
    assert "that <mark>300</mark> people were killed in Moura, and <mark>300</mark> more" in page


def test_what_is_quiet_is_folded_under_a_switch_that_needs_no_script() -> None:
    folded, whole = Tree(as_page([compared()])), Tree(as_page([compared()], shows_all=True))
    switch = folded.all("input")[0]
    assert (switch["type"], folded.all("label")[0]["for"]) == ("checkbox", switch["id"])
    assert [attrs["class"] for attrs in folded.all("tr")[1:]] == [
        "new", "fold", "quiet", "quiet", "update", "new", "new", "fold", "quiet",
    ]  # fmt: skip
    assert whole.all("input") == []
    assert "fold" not in [attrs.get("class") for attrs in whole.all("tr")]
    assert "Share this article" in folded.words


def test_every_pair_of_colours_can_be_read() -> None:
    """By day and by night, 7 to 1 at least (WCAG 2.2, 1.4.6)."""
    style = as_page([])
    light, dark = (
        dict(re.findall(r"--(\w+):(#\w{6})", block)) for block in re.findall(r":root\{([^}]*--page[^}]*)\}", style)
    )
    assert light.keys() == dark.keys()
    for theme in (light, dark):
        for ink in ("ink", "soft", "new", "update"):
            assert contrast(theme[ink], theme["page"]) >= 7
        assert contrast(theme["soft"], theme["band"]) >= 7
        assert contrast(theme["ink"], theme["mark"]) >= 7


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(color: str) -> float:
    parts = [int(color[at:end], 16) / 255 for at, end in pairwise((1, 3, 5, 7))]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize(("count", "has_list"), [(1, False), (2, True)])
def test_several_texts_are_listed_first(count: int, has_list: bool) -> None:
    tree = Tree(as_page([compared()] * count))
    assert bool(tree.all("nav")) is has_list
    assert ("2 texts: 2 new, 0 known" in tree.words) is has_list
