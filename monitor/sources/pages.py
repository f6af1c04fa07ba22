"""Pages: one web page or page file, fetched and read.

In:  a URL, or a page's bytes; the client, the workers.
Out: a Page.
Not here: what is text and what is not (extract.py), which pages to read (pipeline/).
"""

from typing import Final

from monitor.errors import ParseError, WorkerError
from monitor.model.article import Page
from monitor.sources.guard import public_form
from monitor.sources.http import Client, Response
from monitor.sources.jobs import extract_page
from monitor.sources.limits import MAX_PAGE_BYTES
from monitor.sources.markup import clean, declared_charset
from monitor.sources.workers import Workers

FETCH_DEADLINE_S: Final = 20.0
EXTRACT_TIMEOUT_S: Final = 8.0  # an article takes 30 ms
_HTML_TYPES: Final = frozenset({"text/html", "application/xhtml+xml", "application/xml", "text/xml", ""})
_ACCEPT: Final = "text/html, application/xhtml+xml, text/plain;q=0.8, */*;q=0.1"


async def read_page(url: str, *, client: Client, workers: Workers, allow_private: bool) -> Page:
    """Return the article behind a URL as its reader sees it.

    Raises FetchError (BlockedAddressError), WorkerError; ParseError where the answer is neither HTML nor plain text.
    """
    answer = await client.get(
        url,
        headers={"Accept": _ACCEPT},
        max_bytes=MAX_PAGE_BYTES,
        deadline_s=FETCH_DEADLINE_S,
        allow_private=allow_private,
    )
    kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind == "text/plain":
        return _plain_page(answer)
    if kind not in _HTML_TYPES:
        raise ParseError(f"{public_form(answer.url)}: is {kind[:60]}, not a web page")
    return await extract_file(answer.body, answer.url, workers=workers)


async def extract_file(data: bytes, url: str | None, *, workers: Workers) -> Page:
    """Return the article of an HTML file as its reader sees it.

    url: where it was had, if that is known; helps with dates and relative links.
    Raises ParseError, WorkerError; with the URL in their text where there is one.
    """
    try:
        return await workers.run(extract_page, data, url, timeout_s=EXTRACT_TIMEOUT_S)
    except (ParseError, WorkerError) as exc:
        raise type(exc)(f"{public_form(url)}: {exc}" if url else str(exc)) from exc


def _plain_page(answer: Response) -> Page:
    charset = declared_charset(answer.headers.get("Content-Type")) or "utf-8"
    text = clean(answer.body.decode(charset, "replace")).removeprefix("\ufeff")
    lines = [line for raw in text.splitlines() if (line := " ".join(raw.split()))]
    return Page(title=lines[0][:500] if lines else "", text="\n".join(lines[1:]))
