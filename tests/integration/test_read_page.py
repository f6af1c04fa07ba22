"""A page over a real socket and through a real worker."""

import asyncio
import time
from typing import Any

import pytest
from servers import Answer, Request, answer, serving

from monitor.errors import FetchError, NoWorkerError, ParseError
from monitor.model.article import Page
from monitor.model.feed import NotModified, Validators
from monitor.sources import pages
from monitor.sources.http import Client
from monitor.sources.jobs import extract_page
from monitor.sources.pages import read_html, read_page
from monitor.sources.read_page import ReadPage
from monitor.sources.workers import Workers

SENTENCE = "The Malian government asked the mission to leave without delay, the foreign minister told the council. "
HTML = f"<html><body><article><h1>Mali asks mission to leave</h1><p>{SENTENCE * 4}</p></article></body></html>".encode()


def read(given: bytes) -> Page:
    async def run() -> Page:
        workers = Workers(1)
        try:
            async with serving({"/a": given}) as server, Client() as client:
                found = await read_page(server.url("/a"), client=client, workers=workers, allow_private=True)
                assert isinstance(found, ReadPage)
                return found.page
        finally:
            await workers.close()

    return asyncio.run(run())


def test_a_page_is_read() -> None:
    page = read(answer(HTML, Content_Type="text/html; charset=utf-8"))
    assert page.title == "Mali asks mission to leave"
    assert page.text.count(SENTENCE.strip()) == 4


def test_plain_text_is_read() -> None:
    page = read(answer("Title\n\nDéjà vu\n".encode("latin-1"), Content_Type="text/plain; charset=iso-8859-1"))
    assert (page.title, page.text) == ("Title", "Déjà vu")


@pytest.mark.parametrize("said", ["", "<meta charset='iso-8859-1'>"])
def test_a_page_is_read_in_the_charset_of_its_answer(said: str) -> None:
    """It goes before what the page says, but not before what its bytes show."""
    told = "Αντιπρόσωποι της κυβέρνησης είπαν ότι η αποστολή φεύγει από τη χώρα πριν από το τέλος του έτους. " * 3
    page = f"<html><head>{said}</head><body><article><p>{told}</p><p>{told}</p></article></body></html>"
    for charset in ("iso-8859-7", "utf-8"):
        given = answer(page.encode(charset), Content_Type="text/html; charset=iso-8859-7")
        assert read(given).text.startswith("Αντιπρόσωποι της κυβέρνησης είπαν")
    assert read(answer(page.encode("utf-8"), Content_Type="text/html; charset=no-such")).text.startswith("Αντιπ")


@pytest.mark.parametrize("kind", ["application/pdf", "image/png", "video/mp4"])
def test_what_is_no_page_is_named(kind: str) -> None:
    with pytest.raises(ParseError, match=f"is {kind}, not a web page"):
        read(answer(b"%PDF", Content_Type=kind))


def test_a_page_that_is_gone_is_named() -> None:
    with pytest.raises(FetchError, match="answered 410"):
        read(answer(status=410))


def test_an_empty_page_is_no_error() -> None:
    assert read(answer(b"", Content_Type="text/html")).text == ""


def test_a_file_is_read_like_a_page() -> None:
    async def run() -> Page:
        workers = Workers(1)
        try:
            return (await read_html(HTML, None, workers=workers)).page
        finally:
            await workers.close()

    assert asyncio.run(run()).title == "Mali asks mission to leave"


# --- the lesser reader ------------------------------------------------------------------------------------------------

ADDRESS = "http://example.org/2024/leave"
LONG = HTML.replace(b"<article>", b"<article>" + b"<h2>A</h2>" * 14_000)  # takes the first reader seconds


def test_a_page_that_its_reader_cannot_finish_is_read_by_the_lesser_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both within the time that a page has."""
    monkeypatch.setattr(pages, "EXTRACT_TIMEOUT_S", 0.2)

    async def run() -> None:
        workers = Workers(1)
        try:
            await read_html(HTML, None, workers=workers)
            began = time.monotonic()
            found = await read_html(LONG, ADDRESS, workers=workers)
            assert time.monotonic() - began < pages.READ_S
            assert found.page.is_degraded
            assert SENTENCE.strip() in found.page.text
            assert found.problem == "a simpler reader had to do: was stopped after 0.2 s"
        finally:
            await workers.close()

    asyncio.run(run())


def test_a_page_over_a_cap_is_read_by_the_lesser_reader() -> None:
    found = asyncio.run(read_file(HTML + b"<b></b>" * 30_001))
    assert (found.page.is_degraded, found.problem) == (True, "a simpler reader had to do: holds more than 30,000 tags")
    assert SENTENCE.strip() in found.page.text


def test_what_neither_reader_takes_is_named_with_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "extract_degraded", extract_page)
    with pytest.raises(ParseError, match=rf"^{ADDRESS}: holds more than 30,000 tags$"):
        asyncio.run(read_file(HTML + b"<b></b>" * 30_001))


def test_a_page_that_may_not_be_whole_is_not_read_at_all() -> None:
    with pytest.raises(ParseError, match="is larger than 5 MiB"):
        asyncio.run(read_file(HTML + b" " * (5 * 1024 * 1024)))


def test_without_a_worker_no_reader_is_to_blame() -> None:
    async def run() -> None:
        workers = Workers(1)
        await workers.close()
        with pytest.raises(NoWorkerError, match="closed"):
            await read_html(HTML, None, workers=workers)

    asyncio.run(run())


async def read_file(html: bytes) -> ReadPage:
    workers = Workers(1)
    try:
        return await read_html(html, ADDRESS, workers=workers)
    finally:
        await workers.close()


def test_the_address_that_a_page_gives_as_its_own_gets_its_key() -> None:
    own = b"<head><link rel='canonical' href='http://www.example.org/2024/mission-to-leave/?utm_source=x'></head>"
    found = asyncio.run(read_file(HTML.replace(b"<body>", own + b"<body>")))
    assert found.canonical_key == "https://example.org/2024/mission-to-leave"
    assert asyncio.run(read_file(HTML)).canonical_key is None


def test_a_page_has_the_validators_of_the_address_that_answered() -> None:
    """They go back to it, and an answer without a body is no page."""
    tag = '"1"'

    async def body(request: Request, writer: asyncio.StreamWriter) -> None:
        is_known = request.headers.get("if-none-match") == tag
        writer.write(answer(b"" if is_known else HTML, status=304 if is_known else 200, ETag=tag))

    async def run() -> None:
        workers = Workers(1)
        answers: dict[str, Answer] = {"/a": answer(status=302, Location="/b"), "/b": body}
        try:
            async with serving(answers) as server, Client(gap_s=0) as client:
                asked: dict[str, Any] = {"client": client, "workers": workers, "allow_private": True}
                first = await read_page(server.url("/a"), **asked)
                assert isinstance(first, ReadPage)
                assert first.validators == Validators(etag=tag, url=server.url("/b"))
                again = await read_page(server.url("/a"), **asked, conditions=first.validators)
                assert isinstance(again, NotModified)
                assert [request.headers.get("if-none-match") for request in server.requests] == [None, None, None, tag]
        finally:
            await workers.close()

    asyncio.run(run())
