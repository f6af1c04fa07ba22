"""Extract: what a reader sees of a page. Runs inside a worker process: hostile pages can cost any amount of time.

In:  the decoded body of a page, its URL.
Out: a Page; its text is empty where there is no article.
Not here: fetching (pages.py), killing what takes too long (workers.py), judging the text (analysis/).

trafilatura does the reading. Beforehand everything that a reader would not see is taken out, and so is what costs its
metadata patterns quadratic time: text hidden from eyes is no evidence, and a script block is no article.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

import courlan
import trafilatura
from lxml import etree
from trafilatura.settings import Document

from monitor.errors import ParseError
from monitor.model.article import Barrier, Page
from monitor.sources.limits import MAX_PAGE_BYTES
from monitor.sources.markup import clean
from monitor.text.language import code_of

MAX_TAGS: Final = 30_000  # 26,000 headings took 4 s, 64,000 paragraphs 6 s; a long article has some 3,000 tags
MAX_ATTRIBUTES: Final = 200  # of one element; 35,000 took 7 s
MAX_JSON_CHARS: Final = 1_000  # of one string in JSON-LD; an author of 34 kB of quotes took 3 s
MAX_TITLE_CHARS: Final = 500
SHORT_CHARS: Final = 1_500  # a text under this may be what is left in front of a pay wall
SCANT_CHARS: Final = 500  # and under this, what a consent wall says itself

# Elements whose own mark says that nobody is to see them. Style sheets are not read: that would take a browser.
_HIDDEN: Final = etree.XPath(
    "//*[@hidden or @aria-hidden='true' or @style][not(self::html or self::body or self::main or self::article)]"
)
_HIDING_STYLE: Final = re.compile(
    r"display:none|visibility:(?:hidden|collapse)|opacity:0(?:\.0+)?(?![.\d])|font-size:0(?:\.0+)?(?![.\d])|"
    r"clip:rect\(0|clip-path:inset\((?:50|100)%|(?:left|top|text-indent|margin-left|margin-top):-\d{3,}|"
    r"(?:^|;)(?:width|height|max-height|max-width):0(?:px)?(?:;|!|$)"
)
_CROWDED: Final = etree.XPath(f"//*[count(@*) > {MAX_ATTRIBUTES}]")
_JSON_LD: Final = etree.XPath("//script[contains(@type, 'ld+json')]")
_OG_TITLE: Final = etree.XPath("//meta[@property='og:title' or @name='og:title']/@content")
_HEADINGS: Final = etree.XPath("//h1")
_VISIBLE: Final = etree.XPath("//body//text()[not(ancestor::script or ancestor::style or ancestor::noscript)]")
# What a pay wall says; English, French, German, Spanish, Portuguese, Russian, Arabic.
_PAY_WALL: Final = re.compile(
    r"subscribe (?:now )?to (?:continue|read|unlock|keep)|to continue reading|"
    r"(?:this|the) (?:article|content|story) is (?:for|reserved for|available (?:only )?to|exclusive to) "
    r"(?:our )?(?:paying |paid )?subscribers|"
    r"réservé (?:aux|à nos) abonnés|abonnez-vous pour (?:lire|continuer)|il vous reste [\d.,]+ ?% de cet article|"
    r"jetzt weiterlesen|nur für abonnenten|weiterlesen mit|solo para suscriptores|exclusivo para suscriptores|"
    r"exclusivo para assinantes|только для подписчиков|оформите подписку|للمشتركين فقط",
    re.IGNORECASE,
)
# What stands on many pages and is a wall only where hardly anything else stands there.
_CONSENT_WALL: Final = re.compile(
    r"already a subscriber|subscribers only|create (?:a )?(?:free )?account to (?:continue|read)|"
    r"before you continue|we (?:value|care about) your privacy|your privacy choices|accept (?:all )?(?:the )?cookies|"
    r"(?:and|&) our (?:\d+ )?partners|bevor sie fortfahren|alle (?:cookies )?akzeptieren|avant de continuer|"
    r"continuer sans accepter|accepter (?:tous )?les cookies|aceptar (?:todas )?las cookies|принять (?:все )?cookie",
    re.IGNORECASE,
)


def extract_page(html: bytes, url: str | None) -> Page:
    """Return the article of a page as its reader sees it; text "" where there is none.

    html: as fetched, in whatever charset; at most 5 MiB and 30,000 tags.
    The title is the page's own word to others (og:title), else its only heading, else what trafilatura finds.
    Raises ParseError: over a cap.
    """
    if len(html) > MAX_PAGE_BYTES:
        raise ParseError(f"is larger than {MAX_PAGE_BYTES // (1024 * 1024)} MiB")
    if html.count(b"<") > MAX_TAGS:
        raise ParseError(f"holds more than {MAX_TAGS:,} tags")
    tree = trafilatura.load_html(html) if html.strip() else None
    if tree is None:
        return Page(title="", text="")
    is_paid = _tame(tree)
    language = code_of(tree.get("lang") or "")
    heading = _title(tree)
    visible = clean(" ".join(" ".join(_VISIBLE(tree)).split()))[:20_000]
    found = trafilatura.bare_extraction(tree, url=url, favor_precision=True, include_comments=False, with_metadata=True)
    if not isinstance(found, Document):
        return Page(
            title=heading,
            text="",
            language=language,
            barrier=Barrier.PAY_WALL if is_paid else _barrier("", visible),
        )
    title = heading or _line(found.title) or ""
    text = _body(found.text or "", title)
    return Page(
        title=title,
        text=text,
        author=_line(found.author),
        date=_line(found.date),
        language=language,
        site=_line(found.sitename),
        barrier=Barrier.PAY_WALL if is_paid else _barrier(text, visible),
    )


def warm_up() -> None:
    """Load what the libraries load on first use, so that nothing is opened, let alone downloaded, in mid-extraction."""
    courlan.check_url("https://www.example.co.uk/news/article-1.html")
    extract_page(b"<html><body><article><p>Warm.</p></article></body></html>", "https://www.example.co.uk/")


def _tame(tree: Any) -> bool:
    """Take hidden text, crowds of attributes and JSON-LD's excess out of the tree; return if it says "not free"."""
    for element in _CROWDED(tree):
        for name in list(element.attrib)[MAX_ATTRIBUTES:]:
            del element.attrib[name]
    for element in _HIDDEN(tree):
        if element.get("hidden") is not None or element.get("aria-hidden") == "true" or _hides(element.get("style")):
            _drop(element)
    is_paid = False
    for script in _JSON_LD(tree):
        try:
            told = json.loads(script.text or "", strict=False)
        except (ValueError, RecursionError):
            _drop(script)
            continue
        is_paid = is_paid or any(_is_paid(told) for told in _objects(told))
        script.text = json.dumps(_shortened(told), ensure_ascii=False)
    return is_paid


def _hides(style: str | None) -> bool:
    return bool(style and _HIDING_STYLE.search("".join(style[:2_000].lower().split())))


def _drop(element: Any) -> None:
    parent = element.getparent()
    if parent is None:
        return
    if element.tail:
        before = element.getprevious()
        if before is None:
            parent.text = (parent.text or "") + element.tail
        else:
            before.tail = (before.tail or "") + element.tail
    parent.remove(element)


def _objects(told: Any) -> Iterator[dict[str, Any]]:
    waiting = [told]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            yield value
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)


def _is_paid(told: dict[str, Any]) -> bool:
    return str(told.get("isAccessibleForFree", "")).rpartition("/")[2].lower() == "false"


def _shortened(told: Any) -> Any:
    if isinstance(told, dict):
        return {key[:100]: _shortened(value) for key, value in told.items() if key != "articleBody"}
    if isinstance(told, list):
        return [_shortened(value) for value in told[:100]]
    return " ".join(told[:MAX_JSON_CHARS].split()) if isinstance(told, str) else told


def _title(tree: Any) -> str:
    for content in _OG_TITLE(tree):
        if title := _line(content):
            return title
    headings = [text for heading in _HEADINGS(tree)[:10] if (text := _line(" ".join(heading.itertext())))]
    # A lone short heading is often the site's own name.
    return headings[0] if len(headings) == 1 and len(headings[0].split()) >= 3 else ""


def _line(text: str | None) -> str | None:
    line = " ".join(clean(text or "").split())[:MAX_TITLE_CHARS]
    return line or None


def _body(text: str, title: str) -> str:
    lines = [line for raw in clean(text).splitlines() if (line := " ".join(raw.split()))]
    if lines and lines[0] == title:
        del lines[0]
    return "\n".join(lines)


def _barrier(text: str, visible: str) -> Barrier | None:
    if len(text) >= SHORT_CHARS:
        return None
    if _PAY_WALL.search(visible):
        return Barrier.PAY_WALL
    return Barrier.CONSENT_WALL if len(text) < SCANT_CHARS and _CONSENT_WALL.search(visible) else None
