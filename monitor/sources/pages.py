"""Pages: one web page or page file, fetched and read.

In:  a URL, or a page's bytes; the client, the workers, what robots.txt says.
Out: a ReadPage, or NotModified where the page is what it was.
Not here: what is text and what is not (extract.py), which pages to read and what becomes of them (pipeline/).
"""

import time
from typing import Final

import structlog

from monitor.errors import NoWorkerError, ParseError, WorkerError
from monitor.model.article import Page
from monitor.model.feed import NotModified, Validators
from monitor.sources.feeds import validator
from monitor.sources.guard import public_form
from monitor.sources.http import Client, Response
from monitor.sources.jobs import extract_degraded, extract_page, read_with
from monitor.sources.limits import MAX_PAGE_BYTES
from monitor.sources.markup import clean, declared_charset
from monitor.sources.read_page import ReadPage
from monitor.sources.robots import Robots
from monitor.sources.workers import Workers

FETCH_DEADLINE_S: Final = 20.0
EXTRACT_TIMEOUT_S: Final = 8.0  # an article takes 30 ms
READ_S: Final = 9.5  # for both readers together: a worker is stopped up to half a second after its time
DEGRADED_LEAST_S: Final = 1.0  # for the second one, however long the first one took or waited
_HTML_TYPES: Final = frozenset({"text/html", "application/xhtml+xml", "application/xml", "text/xml", ""})
_ACCEPT: Final = "text/html, application/xhtml+xml, text/plain;q=0.8, */*;q=0.1"

log = structlog.get_logger()


async def read_page(
    url: str,
    *,
    client: Client,
    workers: Workers,
    allow_private: bool,
    robots: Robots | None = None,
    conditions: Validators | None = None,
) -> ReadPage | NotModified:
    """Return the article behind a URL as its reader sees it.

    robots: asked about the URL and every one that it redirects to; None: nobody is asked.
    conditions: what an earlier answer left; NotModified is returned only with them.
    Raises FetchError (BlockedAddressError, RobotsError), WorkerError; ParseError where the answer is neither HTML nor
    plain text.
    """

    async def check(target: str) -> None:
        if robots is not None:
            await robots.check(target, allow_private=allow_private)

    await check(url)
    answer = await client.get(
        url,
        headers={"Accept": _ACCEPT},
        conditions=conditions,
        max_bytes=MAX_PAGE_BYTES,
        deadline_s=FETCH_DEADLINE_S,
        allow_private=allow_private,
        before_hop=check,
    )
    validators = Validators(
        etag=validator(answer, "ETag"), last_modified=validator(answer, "Last-Modified"), url=answer.url
    )
    if answer.status == 304:
        return NotModified(validators=validators)
    kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind == "text/plain":
        return ReadPage(page=_plain_page(answer), validators=validators)
    if kind not in _HTML_TYPES:
        raise ParseError(f"{public_form(answer.url)}: is {kind[:60]}, not a web page")
    charset = declared_charset(answer.headers.get("Content-Type"))
    return await read_html(answer.body, answer.url, workers=workers, charset=charset, validators=validators)


async def read_html(
    data: bytes,
    url: str | None,
    *,
    workers: Workers,
    charset: str | None = None,
    validators: Validators | None = None,
) -> ReadPage:
    """Return the article of an HTML file as its reader sees it, by the lesser reader where the first one gives up.

    url: where it was had, if that is known; helps with dates and relative links. charset: that its host says it has.
    Raises ParseError, WorkerError; with the URL in their text where there is one.
    """
    began = time.monotonic()
    problem = None
    try:
        try:
            page, key = await workers.run(read_with, extract_page, data, url, charset, timeout_s=EXTRACT_TIMEOUT_S)
        except NoWorkerError:
            raise
        except (ParseError, WorkerError) as exc:
            if len(data) > MAX_PAGE_BYTES:  # whoever had it may have cut it off
                raise
            problem = f"a simpler reader had to do: {exc}"
            left_s = max(DEGRADED_LEAST_S, began + READ_S - time.monotonic())
            page, key = await workers.run(read_with, extract_degraded, data, url, charset, timeout_s=left_s)
            log.info("page_degraded", url=public_form(url) if url else None, error=str(exc))
    except (ParseError, WorkerError) as exc:
        raise type(exc)(f"{public_form(url)}: {exc}" if url else str(exc)) from exc
    return ReadPage(page=page, canonical_key=key, problem=problem, validators=validators or Validators())


def _plain_page(answer: Response) -> Page:
    charset = declared_charset(answer.headers.get("Content-Type")) or "utf-8"
    text = clean(answer.body.decode(charset, "replace")).removeprefix("\ufeff")
    lines = [line for raw in text.splitlines() if (line := " ".join(raw.split()))]
    return Page(title=lines[0][:500] if lines else "", text="\n".join(lines[1:]))
