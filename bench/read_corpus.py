"""Pages to read: real ones where the shared material is at hand, and such as are made here from words and numbers.

In:  how many; the number of a page.
Out: pages with their addresses; the same numbers give the same bytes.
Not here: reading them (read_ours.py, read_peer.py), the words (read_words.py).

What is made has the make-up of real news pages: 180 KB median, 500 to 2,900 tags, most of it no article but style
sheets, scripts with data, navigation, cards that lead elsewhere, comments.
"""

import gzip
import json
import os
import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path
from typing import Final

from bench.processes import ROOT
from bench.read_words import LANGUAGES, headline, name, paragraph, sentence

_START: Final = datetime(2026, 11, 1, 6, 0, tzinfo=UTC)
_SECTIONS: Final = ("politics", "world", "economy", "sport", "culture", "science", "weather", "opinion")


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFile:
    """One page as it was fetched."""

    url: str
    html: bytes


def shared_pages() -> tuple[PageFile, ...]:
    """Return the pages of the shared material in a fixed order; none where it is absent."""
    folder = Path(os.environ.get("NEWS_SHARED") or ROOT.parent / "shared") / "data" / "extraction"
    files = sorted((folder / "html").glob("*.html.gz"))
    if not files or not (folder / "ground-truth.json").is_file():
        return ()
    told = json.loads((folder / "ground-truth.json").read_text())
    return tuple(
        PageFile(url=told[key]["url"], html=gzip.decompress(path.read_bytes()))
        for path in files
        if (key := path.name.partition(".")[0]) in told
    )


def made_pages(count: int) -> tuple[PageFile, ...]:
    """Return so many pages of our own."""
    return tuple(_page(number) for number in range(count))


def _page(number: int) -> PageFile:
    dice = random.Random(number * 7_919 + 17)
    language = LANGUAGES[number % len(LANGUAGES)]
    host = f"www.{name(dice).lower()}-news.example"
    title = headline(dice, language)
    url = f"https://{host}/{dice.choice(_SECTIONS)}/{number}-{name(dice).lower()}.html"
    scale = dice.choice((0.3, 0.5, 0.7, 1.0, 1.0, 1.4, 2.0))  # how much stands around the article
    html = "".join(
        (
            f'<!DOCTYPE html>\n<html lang="{language}"{" dir=rtl" if language == "ar" else ""}>\n',
            _head(dice, title, url, language, scale),
            "<body class='page article-page'>",
            _navigation(dice, host, scale),
            "<main id='content'>",
            _article(dice, title, language),
            _cards(dice, language, host, scale),
            _comments(dice, language, scale),
            "</main>",
            _footer(dice, host, scale),
            "".join(_script(dice, round(12_000 * scale)) for _ in range(dice.randint(3, 7))),
            "</body></html>",
        )
    )
    return PageFile(url=url, html=html.encode())


def _head(dice: random.Random, title: str, url: str, language: str, scale: float) -> str:
    at = (_START + timedelta(minutes=dice.randint(0, 20_000))).isoformat()
    lead, author = sentence(dice, language), f"{name(dice)} {name(dice)}"
    told = {
        "@context": "https://schema.org", "@type": "NewsArticle", "headline": title, "datePublished": at, "url": url,
        "author": {"@type": "Person", "name": author}, "publisher": {"@type": "Organization", "name": name(dice)},
        "description": lead, "isAccessibleForFree": True,
    }  # fmt: skip
    metas = "".join(
        f'<meta property="{key}" content="{escape(value)}"/>\n'
        for key, value in {
            "og:title": title, "og:description": lead, "og:url": url, "og:type": "article", "og:locale": language,
            "article:published_time": at, "article:author": author, "twitter:title": title, "twitter:card": "summary",
        }.items()
    )  # fmt: skip
    links = "".join(f'<link rel="preload" as="script" href="/static/{name(dice)}.js"/>' for _ in range(12))
    return (
        f"<head><meta charset='utf-8'><title>{escape(title)} | {name(dice)}</title>\n{metas}"
        f'<link rel="canonical" href="{url}"/>{links}'
        f'<script type="application/ld+json">{json.dumps(told, ensure_ascii=False)}</script>'
        f"{_style(dice, round(60_000 * scale))}{_script(dice, round(20_000 * scale))}</head>\n"
    )


def _style(dice: random.Random, size: int) -> str:
    written, rules = 0, []
    while written < size:
        margin, shade = dice.randint(0, 40), dice.randint(10, 99)
        rule = f".{name(dice).lower()}__{dice.randint(1, 99)}{{margin:{margin}px;color:#3a{shade}}}"
        rules.append(rule)
        written += len(rule)
    return f"<style>{''.join(rules)}</style>"


def _script(dice: random.Random, size: int) -> str:
    held = {f"{name(dice)}{at}": {"id": dice.randint(1, 10**9), "slot": name(dice)} for at in range(size // 48)}
    return f"<script>window.__{name(dice)} = {json.dumps(held)};</script>\n"


def _link(dice: random.Random, host: str) -> str:
    return (
        f'<a class="nav__link" href="https://{host}/{dice.choice(_SECTIONS)}/{dice.randint(1, 9999)}">{name(dice)}</a>'
    )


def _navigation(dice: random.Random, host: str, scale: float) -> str:
    groups = "".join(
        f"<li class='nav__group'><span>{name(dice)}</span><ul>"
        + "".join(f"<li>{_link(dice, host)}</li>" for _ in range(8))
        + "</ul></li>"
        for _ in range(round(10 * scale))
    )
    return f"<header><div class='logo'><img src='/logo.svg' alt=''></div><nav><ul>{groups}</ul></nav></header>\n"


def _article(dice: random.Random, title: str, language: str) -> str:
    picture = "<figure><img src='/i/{0}.jpg' alt=''><figcaption>{1}</figcaption></figure>"
    parts = [f"<article class='story'><h1>{escape(title)}</h1><p class='byline'>{name(dice)} {name(dice)}</p>"]
    for at in range(dice.randint(5, 22)):
        if at and at % 5 == 0:
            parts.append(picture.format(name(dice), escape(sentence(dice, language))))
        if at and at % 7 == 0:
            parts.append(f"<h2>{escape(headline(dice, language))}</h2>")
        told = escape(paragraph(dice, language))
        strong = f" <strong>{name(dice)}</strong>" if dice.random() < 0.2 else ""
        linked = f" <a href='/{dice.choice(_SECTIONS)}/'>{name(dice)}</a>" if dice.random() < 0.3 else ""
        parts.append(f"<p class='story__text'>{told}{strong}{linked}</p>\n")
    return "".join(parts) + "</article>\n"


def _cards(dice: random.Random, language: str, host: str, scale: float) -> str:
    cards = "".join(
        f"<div class='card'><div class='card__media'><img loading='lazy' src='/t/{at}.jpg' alt=''></div>"
        "<div class='card__body'>"
        f"<h3><a href='https://{host}/{dice.randint(1, 9999)}'>{escape(headline(dice, language))}</a></h3>"
        f"<span class='card__time'>{dice.randint(1, 23)} h</span></div></div>\n"
        for at in range(round(50 * scale))
    )
    return f"<aside class='related'><h2>{name(dice)}</h2>{cards}</aside>"


def _comments(dice: random.Random, language: str, scale: float) -> str:
    each = "".join(
        f"<div class='comment' id='c{at}'><div class='head'><span>{name(dice)}</span><time>{at} min</time></div>"
        f"<p>{escape(sentence(dice, language))}</p><button>{dice.randint(0, 40)}</button></div>\n"
        for at in range(round(dice.randint(5, 30) * scale))
    )
    return f"<section id='comments' class='comments'>{each}</section>"


def _footer(dice: random.Random, host: str, scale: float) -> str:
    columns = "".join(
        "<div class='footer__column'><ul>" + "".join(f"<li>{_link(dice, host)}</li>" for _ in range(12)) + "</ul></div>"
        for _ in range(round(6 * scale))
    )
    return f"<footer>{columns}<p>{name(dice)} {name(dice)}</p></footer>\n"
