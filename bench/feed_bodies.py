"""Feed bodies: RSS with the sizes and markup of real news feeds, made from nothing but numbers.

In:  the number of a feed, the number of a version of it.
Out: the bytes of that version; the same numbers give the same bytes.
Not here: serving them (feed_server.py).

Three kinds of feed: a wire's headlines (one plain sentence in CDATA), a paper's teasers (escaped HTML, media and
categories), a weblog's whole articles (`content:encoded` with figures, lists and quotes).
A version lists ENTRIES entries, newest first, NEW of which the version before did not list.
"""

import html
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import lru_cache
from typing import Final

ENTRIES: Final = 30
NEW: Final = 3
KINDS: Final = ("paper", "blog", "wire", "paper", "blog", "wire", "wire", "paper", "blog", "wire")  # by feed number
_START: Final = datetime(2026, 11, 1, 6, 0, tzinfo=UTC)
_STEP: Final = timedelta(minutes=37)
_LITTLE: Final = (
    "the of and to in a that for on with as by at from said has was were is its their will after over more not but who"
)
_ONSETS: Final = "b br c ch d dr f g gr h j k l m n p pr qu r s sh st t tr v w"
_NUCLEI: Final = "a e i o u ai ea ou ie é"
_WORDS: Final = 3_000
_CODAS: Final = ["", "", "n", "r", "s", "l", "nd", "rt", "nt", "ck", "m"]
_ENDINGS: Final = ["", "", "", "ing", "ed", "tion", "ment", "ers", "al", "ly"]
_CYRILLIC: Final = "миссия совет войска север сообщил переговоры город вчера глава страны после закон выборы"
_ARABIC: Final = "قال مجلس الأمن القوات شمال المدينة أمس بعد الحكومة محادثات رئيس البلاد قانون انتخابات"

_HEAD: Final = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" \
xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom" \
xmlns:media="http://search.yahoo.com/mrss/" xmlns:slash="http://purl.org/rss/1.0/modules/slash/" \
xmlns:sy="http://purl.org/rss/1.0/modules/syndication/" xmlns:wfw="http://wellformedweb.org/CommentAPI/">
<channel>
\t<title>{title}</title>
\t<atom:link href="https://{site}/feed.xml" rel="self" type="application/rss+xml" />
\t<link>https://{site}/</link>
\t<description>{description}</description>
\t<lastBuildDate>{built}</lastBuildDate>
\t<language>en</language>
\t<sy:updatePeriod>hourly</sy:updatePeriod>
\t<sy:updateFrequency>1</sy:updateFrequency>
\t<image><url>https://{site}/logo.png</url><title>{title}</title><link>https://{site}/</link></image>
"""
_TAIL: Final = "</channel>\n</rss>\n"


def feed_body(feed: int, version: int) -> bytes:
    """Return what the feed serves as this version: `lastBuildDate` and the NEW newest entries differ from the last."""
    newest = version * NEW + ENTRIES - 1
    written = [entry_markup(feed, number) for number in range(newest, newest - ENTRIES, -1)]
    return "".join([_head(feed, newest), *written, _TAIL]).encode()


def small_body(feed: int) -> bytes:
    """Return a feed of one entry without a link, so that nobody goes and fetches a page."""
    entry = f"<item><title>Entry of feed {feed}</title><guid isPermaLink='false'>small-{feed}</guid></item>"
    head = f'<?xml version="1.0"?><rss version="2.0"><channel><title>Feed {feed}</title>'
    return f"{head}{entry}</channel></rss>".encode()


@lru_cache(maxsize=65_536)
def entry_markup(feed: int, number: int) -> str:
    """Return one entry of a feed; entries are numbered from the oldest on."""
    dice = random.Random(feed * 1_000_003 + number)
    writer: Callable[[_Writer], str] = {"wire": _wire, "paper": _paper, "blog": _blog}[KINDS[feed % len(KINDS)]]
    return writer(_Writer(dice, feed, number))


@lru_cache(maxsize=1)
def _vocabulary() -> tuple[str, ...]:
    dice = random.Random(20261122)
    onsets, nuclei = _ONSETS.split(), _NUCLEI.split()
    words: set[str] = set()
    while len(words) < _WORDS:
        syllables = range(dice.choice((1, 1, 2, 2, 3)))
        stem = "".join(dice.choice(onsets) + dice.choice(nuclei) + dice.choice(_CODAS) for _ in syllables)
        words.add(stem + dice.choice(_ENDINGS))
    return tuple(sorted(words))


class _Writer:
    """Writes the sentences of one entry, in the feed's own language."""

    def __init__(self, dice: random.Random, feed: int, number: int) -> None:
        self.dice = dice
        self.number = number
        self.site = f"news{feed}.example"
        foreign = (_CYRILLIC if feed % 12 == 5 else _ARABIC) if feed % 6 == 5 else ""
        self._foreign = foreign.split()
        self._little = _LITTLE.split()

    def words(self, count: int) -> list[str]:
        vocabulary, dice = _vocabulary(), self.dice
        if self._foreign:
            return [dice.choice(self._foreign) for _ in range(count)]
        return [
            dice.choice(self._little) if dice.random() < 0.45 else vocabulary[int(_WORDS * dice.random() ** 2.5)]
            for _ in range(count)
        ]

    def sentence(self, least: int = 9, most: int = 26) -> str:
        words = self.words(self.dice.randint(least, most))
        words[0] = words[0].capitalize()
        if len(words) > 12:
            words[len(words) // 2] += ","
            words[3] = words[3].capitalize()
        if self.dice.random() < 0.2:
            words[-2:] = [f"{self.dice.randint(2, 90_000):,}", words[-1]]
        return " ".join(words) + "."

    def text(self, sentences: int) -> str:
        return " ".join(self.sentence() for _ in range(sentences))

    def title(self) -> str:
        return " ".join(self.words(self.dice.randint(6, 12))).capitalize().replace(" in ", " – in ", 1)

    def link(self) -> str:
        return f"https://{self.site}/2026/11/{'-'.join(self.words(5))}-{self.number}".replace(" ", "-")

    def name(self) -> str:
        return " ".join(word.capitalize() for word in self.words(2))

    def picture(self, width: int) -> str:
        return f"https://media.{self.site}/{self.number}/{self.dice.getrandbits(48):012x}-{width}.jpg?quality=85&s=1"

    def date(self) -> str:
        return format_datetime(_START + _STEP * self.number)


def _head(feed: int, newest: int) -> str:
    writer = _Writer(random.Random(feed), feed, newest)
    return _HEAD.format(title=f"News {feed}", site=writer.site, description=writer.sentence(), built=writer.date())


def _wire(w: _Writer) -> str:
    link = html.escape(f"{w.link()}?at_medium=RSS&at_campaign=rss")
    return (
        f"<item><title><![CDATA[{w.title()}]]></title>\n<description><![CDATA[{w.sentence(14, 30)}]]></description>\n"
        f'<link>{link}</link><guid isPermaLink="false">{link}#{w.number % 7}</guid><pubDate>{w.date()}</pubDate>\n'
        f'<media:thumbnail width="240" height="135" url="{html.escape(w.picture(240))}"/></item>\n'
    )


def _paper(w: _Writer) -> str:
    link = w.link()
    shown = [_paragraph(w, w.dice.randint(2, 3)) for _ in range(w.dice.randint(1, 3))]
    teaser = "".join(shown) + f'<a href="{link}">Continue reading...</a>'
    categories = "".join(
        f'<category domain="https://{w.site}/topics">{" ".join(w.words(2))}</category>'
        for _ in range(w.dice.randint(1, 4))
    )
    media = "".join(
        f'<media:content width="{width}" url="{html.escape(w.picture(width))}">'
        f'<media:credit scheme="urn:ebu">Photograph: {w.name()}</media:credit></media:content>'
        for width in ((140, 460) if w.number % 3 else (460,))
    )
    return (
        f"<item><title>{html.escape(w.title())}</title><link>{link}</link>"
        f"<description>{html.escape(teaser)}</description>{categories}<pubDate>{w.date()}</pubDate>"
        f"<guid>{link}</guid>{media}<dc:creator>{w.name()}</dc:creator><dc:date>{w.date()}</dc:date></item>\n"
    )


def _blog(w: _Writer) -> str:
    link = w.link()
    topics = [" ".join(w.words(2)) for _ in range(w.dice.randint(2, 5))]
    categories = "".join(f"<category><![CDATA[{topic}]]></category>" for topic in topics)
    note = f'<p>The post <a href="{link}">{w.title()}</a> appeared first on <a href="https://{w.site}">News</a>.</p>'
    blocks = [_picture(w), *(_block(w) for _ in range(w.dice.randint(2, 4))), note]
    return (
        f"<item>\n\t<title>{html.escape(w.title())} &#8211; {w.name()}</title>\n\t<link>{link}</link>\n"
        f"\t<comments>{link}#respond</comments>\n\t<dc:creator><![CDATA[{w.name()}]]></dc:creator>\n"
        f"\t<pubDate>{w.date()}</pubDate>\n\t{categories}\n"
        f'\t<guid isPermaLink="false">https://{w.site}/?p={90_000 + w.number}</guid>\n'
        f"\t<description><![CDATA[<p>{w.text(1)} [&#8230;]</p>\n{note}]]></description>\n"
        f"\t<content:encoded><![CDATA[{chr(10).join(blocks)}]]></content:encoded>\n"
        f"\t<wfw:commentRss>{link}feed/</wfw:commentRss>\n\t<slash:comments>{w.number % 9}</slash:comments>\n</item>\n"
    )


def _paragraph(w: _Writer, sentences: int) -> str:
    words = w.text(sentences).split(" ")
    if w.dice.random() < 0.5:
        return f"<p>{' '.join(words)}</p>"
    at = w.dice.randrange(len(words) - 4)
    words[at] = f'<a href="{w.link()}" target="_blank" rel="noopener">{words[at]}'
    words[at + 2] += "</a>"
    return f"<p>{' '.join(words)}</p>"


def _block(w: _Writer) -> str:
    match w.dice.randrange(8):
        case 0:
            return f'<h2 class="wp-block-heading"><strong>{w.title()}</strong></h2>'
        case 1:
            lines = "".join(f"<li>{w.sentence(5, 9)}</li>" for _ in range(3))
            return f'<ul class="wp-block-list">{lines}</ul>'
        case 2:
            quoted = f"<p>&#8220;{w.text(1)}&#8221;</p><cite>{w.name()}</cite>"
            return f'<blockquote class="wp-block-quote">{quoted}</blockquote>'
        case _:
            return _paragraph(w, w.dice.randint(4, 7))


def _picture(w: _Writer) -> str:
    sources = ", ".join(f"{html.escape(w.picture(width))} {width}w" for width in (300, 1024))
    return (
        f'<figure class="wp-block-image size-large"><img loading="lazy" decoding="async" width="1024" height="683" '
        f'src="{html.escape(w.picture(1024))}" alt="{w.sentence(4, 7)}" class="wp-image-{w.number}" srcset="{sources}" '
        f'sizes="(max-width: 1024px) 100vw, 1024px" /><figcaption>{w.sentence(6, 10)}</figcaption></figure>'
    )
