"""Good pages read the same inside a worker as outside: a sandbox that breaks a reader looks like an empty page."""

import asyncio
import gzip
import json
from pathlib import Path

from monitor.model.article import Page
from monitor.sources import extract  # noqa: F401 - loaded before warnings become errors
from monitor.sources.jobs import extract_degraded, extract_page
from monitor.sources.workers import Workers

LINES = {
    "en": "The government asked the mission to leave without delay, the foreign minister told the council on Friday. ",
    "fr": "Le gouvernement a demandé à la mission de partir sans délai, a dit le ministre au Conseil vendredi soir. ",
    "de": "Die Regierung forderte die Mission auf, das Land ohne Verzug zu verlassen, sagte der Minister am Freitag. ",
    "ru": "Правительство потребовало, чтобы миссия покинула страну без промедления, сообщил министр в пятницу. ",
    "ar": "طلبت الحكومة من البعثة المغادرة دون تأخير، بحسب ما قال وزير الخارجية أمام المجلس يوم الجمعة الماضي. ",
    "zh": "政府要求特派团立即离开该国，外交部长星期五在安全理事会上说，谈判仍在首都继续进行。",
}
CHARSETS = {"fr": "iso-8859-15", "ru": "koi8-r", "ar": "cp1256", "zh": "gb18030"}
SHARED_PAGES = 24  # of the 181, evenly spread


def own_pages() -> list[tuple[bytes, str]]:
    made = []
    for language, sentence in LINES.items():
        charset = CHARSETS.get(language, "utf-8")
        text = "".join(f"<p>{number}. {sentence * 3}</p>" for number in range(5))
        markup = (
            f'<html lang="{language}"><head><meta charset="{charset}"><meta name="author" content="Ada Lovelace">'
            '<meta property="article:published_time" content="2023-06-16T10:00:00Z">'
            f'<link rel="canonical" href="https://www.example.co.uk/{language}/story-12345"></head>'
            f"<body><article>{text}</article></body></html>"
        )
        made.append((markup.encode(charset), f"https://news.example.co.uk/{language}/story-12345?x=1"))
    return made


def read_inside(pages: list[tuple[bytes, str]]) -> list[tuple[Page, Page]]:
    async def run() -> list[tuple[Page, Page]]:
        workers = Workers(1)
        try:
            return [
                (
                    await workers.run(extract_page, html, url, timeout_s=20),
                    await workers.run(extract_degraded, html, url, timeout_s=20),
                )
                for html, url in pages
            ]
        finally:
            await workers.close()

    return asyncio.run(run())


def test_pages_in_six_languages_read_the_same_inside() -> None:
    pages = own_pages()
    inside = read_inside(pages)
    assert inside == [(extract_page(html, url), extract_degraded(html, url)) for html, url in pages]
    for (page, lesser), (language, sentence) in zip(inside, LINES.items(), strict=True):
        assert page.text.count(sentence.strip()) == lesser.text.count(sentence.strip()) == 15
        assert (page.language, page.author, page.date) == (language, "Ada Lovelace", "2023-06-16")
        assert page.canonical == f"https://www.example.co.uk/{language}/story-12345"
        assert (page.is_degraded, lesser.is_degraded, page.barrier) == (False, True, None)


def test_pages_of_the_web_read_the_same_inside(shared: Path) -> None:
    folder = shared / "data" / "extraction"
    told = json.loads((folder / "ground-truth.json").read_text(encoding="utf-8"))
    chosen = sorted(told)[:: len(told) // SHARED_PAGES]
    pages = [(gzip.decompress((folder / "html" / f"{key}.html.gz").read_bytes()), told[key]["url"]) for key in chosen]
    inside = read_inside(pages)
    assert inside == [(extract_page(html, url), extract_degraded(html, url)) for html, url in pages]
    assert all(page.text for page, _ in inside)
