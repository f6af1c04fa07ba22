"""What a page says about itself is taken where it may be believed."""

from collections.abc import Callable

import pytest

from monitor.model.article import Page
from monitor.sources.extract import extract_degraded, extract_page
from monitor.sources.metadata import day_of, line

TEXT = "The government asked the mission to leave without delay, the foreign minister told the council on Friday. " * 3
STORY = "https://www.example.co.uk/world/2023/06/16/mission-asked-to-leave"


def address(link: str, url: str | None = STORY, *, head: str = "") -> str | None:
    html = f"<html><head>{link}{head}</head><body><article><p>{TEXT}</p></article></body></html>"
    return extract_page(html.encode(), url).canonical


def canonical(href: str, url: str | None = STORY) -> str | None:
    return address(f'<link rel="canonical" href="{href}">', url)


@pytest.mark.parametrize(
    "href",
    [
        "https://www.example.co.uk/world/mission-asked-to-leave-12345",
        "https://example.co.uk/a/mission-asked-to-leave",
        "http://news.example.co.uk/story-771234",
        "https://www.example.co.uk/index.php?id=771234",
    ],
)
def test_a_canonical_link_within_the_domain_is_believed(href: str) -> None:
    assert canonical(href) == href


@pytest.mark.parametrize(
    "href",
    [
        "https://www.other.co.uk/world/mission-asked-to-leave-12345",  # co.uk is nobody's domain
        "https://www.reuters.com/world/mission-asked-to-leave-12345",
        "https://example.co.uk.evil.org/mission-asked-to-leave",
        "https://www.example.co.uk@evil.org/mission-asked-to-leave",
        "https://evil.org@www.example.co.uk/mission-asked-to-leave",
        "javascript:alert(1)",
        "ftp://www.example.co.uk/mission-asked-to-leave",
        "/world/mission-asked-to-leave-12345",
        "https://www.example.co.uk/" + "a/" * 2_000,
        "https://[::1/mission-asked-to-leave",
        "",
    ],
)
def test_any_other_is_not(href: str) -> None:
    assert canonical(href) is None


@pytest.mark.parametrize(
    "href",
    [
        "https://www.example.co.uk/",
        "https://www.example.co.uk",
        "https://www.example.co.uk/world",
        "https://example.co.uk/2023/06/",
    ],
)
def test_a_home_page_or_section_is_no_address_of_an_article(href: str) -> None:
    assert canonical(href) is None


def test_a_home_page_may_call_itself_one() -> None:
    assert canonical("https://example.co.uk/", "https://www.example.co.uk/") == "https://example.co.uk/"


def test_a_short_address_may_have_another_short_one() -> None:
    assert canonical("https://example.co.uk/b", "https://example.co.uk/a?utm_source=x") == "https://example.co.uk/b"


def test_hosts_without_a_registrable_domain_stand_for_themselves() -> None:
    assert canonical("http://127.0.0.1:81/b", "http://127.0.0.1:80/a") == "http://127.0.0.1:81/b"
    assert canonical("http://127.0.0.2/b", "http://127.0.0.1/a") is None
    assert canonical("https://one.github.io/b", "https://two.github.io/a") is None


def test_two_canonical_links_cancel_each_other() -> None:
    links = "".join(f'<link rel="canonical" href="{STORY}-{number}">' for number in (1, 2))
    assert address(links) is None
    assert address(links, head=f'<meta property="og:url" content="{STORY}">') == STORY


def test_og_url_stands_in_for_the_link() -> None:
    assert address(f'<meta property="og:url" content="{STORY}#top">') == STORY


def test_without_an_address_of_its_own_a_page_has_none() -> None:
    assert canonical(STORY, None) is None


@pytest.mark.parametrize("reader", [extract_page, extract_degraded])
def test_author_site_and_date_are_those_the_page_states(reader: Callable[[bytes, str | None], Page]) -> None:
    html = (
        "<html lang='fr-CA'><head><meta name='author' content='Ada  Lovelace'>"
        "<meta property='og:site_name' content='Example Times'>"
        "<meta property='article:published_time' content='2023-06-16T10:00:00Z'></head>"
        f"<body><article><p>{TEXT}</p></article></body></html>"
    )
    found = reader(html.encode(), STORY)
    assert (found.author, found.site, found.date, found.language) == (
        "Ada Lovelace",
        "Example Times",
        "2023-06-16",
        "fr",
    )


def test_a_year_in_the_footer_is_no_date() -> None:
    html = f"<html><body><article><p>{TEXT}</p></article><footer>© 2019 Example</footer></body></html>"
    assert extract_page(html.encode(), "https://www.example.org/a").date is None


def test_a_day_to_come_is_given_as_it_is_told() -> None:
    """Nothing here knows what day it is; whoever does decides."""
    html = (
        "<html><head><meta property='article:published_time' content='2087-06-16'></head>"
        f"<body><article><p>{TEXT}</p></article></body></html>"
    )
    assert extract_page(html.encode(), None).date == "2087-06-16"


@pytest.mark.parametrize(
    ("told", "day"),
    [
        ("2023-06-16", "2023-06-16"),
        ("2023-06-16T10:00", "2023-06-16"),
        ("1989-12-31", None),
        ("2023-13-01", None),
        (None, None),
    ],
)
def test_a_day_is_one_of_the_calendar_since_the_web(told: str | None, day: str | None) -> None:
    assert day_of(told) == day


def test_a_line_is_one_line_of_bounded_length() -> None:
    assert line(" a\n\tb\x00 ") == "a b"
    assert line(" \n") is None
    assert len(line("word " * 1_000) or "") <= 500
