"""A page says what its reader sees, no more."""

from collections.abc import Callable

import pytest

from monitor.errors import ParseError
from monitor.model.article import Page
from monitor.sources.extract import extract_degraded, extract_page

Reader = Callable[[bytes, str | None], Page]

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
        "hidden", "popover", 'aria-hidden="true"', 'style="color:#fff;background:#fff"', 'style="color: transparent"',
        'style="background-color:white; padding:0; color:white"', 'style="font-size:1px"', 'style="filter:opacity(0)"',
        'style="display: none"', 'style="VISIBILITY:hidden"', 'style="font-size:0"',
        'style="position:absolute; left:-9999px"', 'style="opacity: 0"', 'style="height:0;overflow:hidden"',
    ],
)  # fmt: skip
def test_hidden_text_is_not_read(mark: str) -> None:
    hidden = f"<div {mark}><p>Wagner is nowhere to be seen in this sentence of the page, reader.</p></div>"
    found = extract_page(page(hidden + "<p>And a closing paragraph that everybody can see stands here.</p>"), None)
    assert "Wagner" not in found.text
    assert "everybody can see" in found.text


@pytest.mark.parametrize(
    "style",
    [
        "font-size:0.9em",
        "font-size:1em",
        "font-size:1.2em",
        "opacity:0.8",
        "margin-left:-10px",
        "line-height:0",
        "color:#111;background:#fff",
        "background:#fff;color:#ffe",
        "background-color:red",
    ],
)
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


def test_a_stray_byte_makes_no_other_charset_of_a_page() -> None:
    french = (
        "Le gouvernement a demandé à la mission de quitter Ménaka, où siège l'état-major, a déclaré le porte-parole."
    )
    body = page(f"<p>{french}</p>", head='<meta charset="utf-8">').replace(b"<article>", b"<!-- \xc3 --><article>")
    assert french in extract_page(body, None).text


def test_an_article_that_nobody_sees_does_not_stand_for_the_one_that_is_seen() -> None:
    seen = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS * 3)
    unseen = "".join(f"<p>Wagner stands in sentence {n} of what no reader of this page can see.</p>" for n in range(9))
    body = f"<html><body><div>{seen}</div><article style='display:none'>{unseen}</article></body></html>"
    found = extract_page(body.encode(), None).text
    assert "Wagner" not in found
    assert PARAGRAPHS[0] in found


def test_a_page_that_hides_all_until_its_script_has_run_is_read() -> None:
    text = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS * 3)
    body = f"<html><body><article style='opacity:0'>{text}</article><p>By the desk.</p></body></html>"
    assert PARAGRAPHS[0] in extract_page(body.encode(), None).text


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


def test_bytes_with_a_mark_or_in_another_script_are_read_as_declared() -> None:
    """A charset that is named counts before any guess; a byte order mark is no text."""
    arabic = "طلبت الحكومة من البعثة المغادرة دون تأخير، بحسب ما قال وزير الخارجية أمام المجلس يوم الجمعة الماضي. "
    head = '<meta http-equiv="Content-Type" content="text/html; charset=windows-1256">'
    body = f"<html><head>{head}</head><body><article><p>{arabic * 3}</p></article></body></html>"
    assert arabic.strip() in extract_page(body.encode("cp1256"), None).text
    marked = extract_page(b"\xef\xbb\xbf" + page(), None)
    assert marked == extract_page(page(), None)
    wide = page().decode().encode("utf-16")
    assert extract_page(wide, None).text == extract_page(page(), None).text


@pytest.mark.parametrize(
    "hidden",
    [
        "<template><p>Wagner is nowhere to be seen in this sentence of the page, reader.</p></template>",
        "<noscript><p>Wagner is nowhere to be seen in this sentence of the page, reader.</p></noscript>",
        "<dialog><p>Wagner is nowhere to be seen in this sentence of the page, reader.</p></dialog>",
        '<p style="color:red; display:/* */none">Wagner is nowhere to be seen in this sentence.</p>',
        '<div style="opacity:.0"><div style="display:none">Wagner is nowhere</div>Wagner to be seen in this.</div>',
    ],
)
@pytest.mark.parametrize("reader", [extract_page, extract_degraded])
def test_neither_reader_reads_what_is_hidden(hidden: str, reader: Reader) -> None:
    found = reader(page(hidden + "<p>And a closing paragraph that everybody can see stands here.</p>"), None)
    assert "Wagner" not in found.text
    assert "everybody can see" in found.text


@pytest.mark.parametrize("style", ["color:red; /* opacity:0; */", "/**/color:red; /* opacity:0;"])
@pytest.mark.parametrize("reader", [extract_page, extract_degraded])
def test_what_a_comment_in_a_style_says_hides_nothing(style: str, reader: Reader) -> None:
    told = f'<p style="{style}">Wagner is to be seen in this sentence of the page by each of its readers.</p>'
    assert "Wagner" in reader(page(told), None).text


def test_a_word_behind_a_hidden_one_stays() -> None:
    text = (
        'The minister said <span hidden>not</span> that <b style="display:none">never</b> the mission would leave soon.'
    )
    assert "The minister said that the mission would leave soon." in extract_page(page(f"<p>{text}</p>"), None).text


def test_the_lesser_reader_sees_the_article_and_says_that_it_was_it() -> None:
    head = '<meta property="og:title" content="Mission asked to leave">'
    navigation = "<nav><ul><li>News</li><li>Sport</li></ul></nav>"
    found = extract_degraded(page(f"<p>x</p>{navigation}", head=head), None)
    assert (found.title, found.language, found.is_degraded) == ("Mission asked to leave", "en", True)
    assert found.text.split("\n") == PARAGRAPHS


@pytest.mark.parametrize("body", [b"", b" ", b"<html><body><ul><li>News<li>Sport</ul></body></html>", b"\xff" * 1_000])
def test_the_lesser_reader_finds_no_text_where_no_sentence_is(body: bytes) -> None:
    found = extract_degraded(body, None)
    assert (found.text, found.is_degraded) == ("", True)


def test_the_lesser_reader_reads_a_page_over_the_caps_as_far_as_they_go() -> None:
    found = extract_degraded(page("<p>x" * 400_000), None)
    assert all(paragraph in found.text for paragraph in PARAGRAPHS)


def test_it_does_where_the_first_reader_sees_next_to_nothing_of_an_article() -> None:
    """Some publishing systems put the whole page into a form; the first reader takes that for no text at all."""
    article = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS * 3)
    found = extract_page(f"<html><body><form><fieldset>{article}</fieldset></form></body></html>".encode(), None)
    assert found.is_degraded
    assert all(paragraph in found.text for paragraph in PARAGRAPHS)


def test_it_makes_no_article_of_headlines() -> None:
    teasers = "".join(
        f"<h3><a href='/{number}'>A headline of number {number} that leads to it</a></h3>"
        f"<p>{PARAGRAPHS[number % 3]}</p><p>By a correspondent in the capital</p>"
        for number in range(12)
    )
    found = extract_page(f"<html><body><form><fieldset>{teasers}</fieldset></form></body></html>".encode(), None)
    assert (found.text, found.is_degraded) == ("", False)


@pytest.mark.parametrize("frame", ["nav", "aside", "footer"])
def test_what_stands_around_an_article_is_read_only_where_there_is_next_to_nothing_else(frame: str) -> None:
    article = "".join(f"<p>{n}. {PARAGRAPHS[n % 3]}</p>" for n in range(9))
    message = "<div>We value what you think of us, and so do those who work with us on this and other pages.</div>" * 4
    around = f"<{frame}><article>{article}</article></{frame}>{message}"
    found = extract_page(f"<html><body>{around}</body></html>".encode(), None)
    assert f"8. {PARAGRAPHS[2]}" in found.text
    told = [f"{PARAGRAPHS[n % 3]} It was said for the time of number {n}." for n in range(6)]
    found = extract_page(page(f"<{frame}><p>Beside it, all manner of things are told, and one more.</p></{frame}>",
                              text=told), None)  # fmt: skip
    assert found.text.split("\n") == told


def test_what_a_page_says_in_its_frame_of_who_may_read_it_counts() -> None:
    paid = "<script type='application/ld+json'>{\"isAccessibleForFree\": false}</script>"
    told = [f"{PARAGRAPHS[n % 3]} It was said for the time of number {n}." for n in range(15)]
    told[-1] = f"{told[-1]} And then …"
    assert extract_page(page(f"<footer><p>Imprint</p>{paid}</footer>", text=told), None).is_walled
    offer = "<aside><p>Subscribe now to continue reading this article.</p></aside>"
    assert extract_page(page(offer, text=[f"{paragraph} He said." for paragraph in PARAGRAPHS]), None).is_walled


def test_pages_read_before_make_no_difference() -> None:
    """What libraries remember from one page to the next changes nothing."""
    pages = [page(f"<p>Paragraph {number} is a sentence of its own, as everybody can see.</p>") for number in range(8)]
    forth = [extract_page(body, f"https://example.org/{at}") for at, body in enumerate(pages)]
    back = [extract_page(body, f"https://example.org/{at}") for at, body in reversed(list(enumerate(pages)))]
    assert forth == back[::-1]


def test_the_text_of_one_page_is_bounded() -> None:
    assert len(extract_page(page(text=[PARAGRAPHS[0] * 5_000]), None).text) <= 300_000


def test_json_that_cannot_be_read_is_no_obstacle() -> None:
    for told in ("[" * 50_000, "[" * 900 + "]" * 900, '{"a":' * 5_000, "{" + "x" * 3_000, '{"n":' + "1" * 10_000 + "}"):
        head = f'<script type="application/ld+json">{told}</script>'
        assert PARAGRAPHS[0] in extract_page(page(head=head), None).text
