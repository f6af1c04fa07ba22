"""A page over a real socket and through a real worker."""

import asyncio

import pytest
from servers import answer, serving

from monitor.errors import FetchError, ParseError
from monitor.model.article import Page
from monitor.sources.http import Client
from monitor.sources.pages import extract_file, read_page
from monitor.sources.workers import Workers

SENTENCE = "The Malian government asked the mission to leave without delay, the foreign minister told the council. "
HTML = f"<html><body><article><h1>Mali asks mission to leave</h1><p>{SENTENCE * 4}</p></article></body></html>".encode()


def read(given: bytes) -> Page:
    async def run() -> Page:
        workers = Workers(1)
        try:
            async with serving({"/a": given}) as server, Client() as client:
                return await read_page(server.url("/a"), client=client, workers=workers, allow_private=True)
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
            return await extract_file(HTML, None, workers=workers)
        finally:
            await workers.close()

    assert asyncio.run(run()).title == "Mali asks mission to leave"
