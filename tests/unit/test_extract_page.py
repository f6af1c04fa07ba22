"""A page says what its reader sees, no more."""

import pytest

from monitor.errors import ParseError
from monitor.sources.extract import extract_page

PARAGRAPHS = [
    "The Malian government asked the mission to leave without delay, the foreign minister told the council on Friday.",
    "Officials said that talks with the neighbours went on in Bamako, though nobody expected an agreement this week.",
    "Some thirteen thousand soldiers are stationed in the country, most of them in the towns of the north and centre.",
]


def page(extra: str = "", *, head: str = "", text: list[str] = PARAGRAPHS) -> bytes:
    body = "".join(f"<p>{paragraph}</p>" for paragraph in text)
    head = f"<head><title>T</title>{head}</head>"
    return f"<html lang='en-GB'>{head}<body><article>{body}{extra}</article></body></html>".encode()


def test_the_article_is_read() -> None:
    found = extract_page(page("<h1>Mali asks the mission to leave</h1>"), "https://example.org/a")
    assert (found.title, found.language, found.is_walled, found.is_degraded) == (
        "Mali asks the mission to leave",
        "en",
        False,
        False,
    )
    assert found.text.split("\n")[:3] == PARAGRAPHS


def test_the_title_a_page_gives_to_others_comes_first() -> None:
    head = '<meta property="og:title" content="The &lt;real&gt; title">'
    assert extract_page(page("<h1>A heading of four words</h1>", head=head), None).title == "The <real> title"


@pytest.mark.parametrize(
    "mark",
    [
        "hidden", 'aria-hidden="true"', 'style="display: none"', 'style="VISIBILITY:hidden"', 'style="font-size:0"',
        'style="position:absolute; left:-9999px"', 'style="opacity: 0"', 'style="height:0;overflow:hidden"',
    ],
)  # fmt: skip
def test_hidden_text_is_not_read(mark: str) -> None:
    hidden = f"<div {mark}><p>Wagner is nowhere to be seen in this sentence of the page, reader.</p></div>"
    found = extract_page(page(hidden + "<p>And a closing paragraph that everybody can see stands here.</p>"), None)
    assert "Wagner" not in found.text
    assert "everybody can see" in found.text


@pytest.mark.parametrize("style", ["font-size:0.9em", "opacity:0.8", "margin-left:-10px", "line-height:0"])
def test_visible_text_is(style: str) -> None:
    text = "Wagner is to be seen in this sentence of the page, as every reader will confirm."
    assert "Wagner" in extract_page(page(f'<p style="{style}">{text}</p>'), None).text


def test_an_empty_page_is_no_error() -> None:
    for body in (b"", b"  ", b"<html><body></body></html>", b"<html><body><div id=app></div></body></html>"):
        assert extract_page(body, None).text == ""


def test_a_page_in_another_charset_is_read() -> None:
    russian = "Правительство Мали потребовало, чтобы миссия покинула страну без промедления, сообщил министр."
    body = f'<html><head><meta charset="windows-1251"></head><body><article><p>{russian}</p></article></body></html>'
    assert russian in extract_page(body.encode("cp1251"), None).text


@pytest.mark.parametrize(
    "body",
    [
        page(head='<script type="application/ld+json">{"@type":"NewsArticle","isAccessibleForFree":false}</script>'),
        page(head='<script type="application/ld+json">[{"hasPart":{"isAccessibleForFree":"False"}}]</script>'),
        page("<p>Subscribe now to continue reading this story.</p>", text=PARAGRAPHS[:1]),
        b"<html><body><h1>Before you continue</h1><p>Accept all cookies and our 800 partners.</p></body></html>",
    ],
)
def test_a_wall_is_noticed(body: bytes) -> None:
    assert extract_page(body, None).is_walled


def test_an_open_article_is_no_wall() -> None:
    assert not extract_page(
        page("<footer>We value your privacy. Already a subscriber?</footer>", text=PARAGRAPHS * 3), None
    ).is_walled


@pytest.mark.parametrize("body", [b"<p>" * 30_001, b"x" * (5 * 1024 * 1024 + 1)])
def test_a_page_over_a_cap_is_refused(body: bytes) -> None:
    with pytest.raises(ParseError):
        extract_page(body, None)


def test_the_same_page_gives_the_same_text_again() -> None:
    assert extract_page(page(), None) == extract_page(page(), None)
