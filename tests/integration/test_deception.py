"""Pages that lie, played through the whole program: what is hidden, claimed or ordered on a page changes nothing."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path
from typing import Any

import pytest
from hostile_samples import HOSTILE, samples
from newsroom import DAM
from programs import Line, Ran, run_here
from sites import Reply, Request, site

QUERY = "MINUSMA OR Mali OR Wagner"


@contextmanager
def host(pages: dict[str, bytes], address: str = "127.0.0.1") -> Iterator[str]:
    """A host with a feed that lists its pages by their names; gives the feed's address."""

    def answer(request: Request) -> Reply:
        name = request.path.rpartition("/")[2]
        if name in pages:
            return Reply(body=pages[name], headers={"Content-Type": "text/html; charset=utf-8"})
        if name != "feed":
            return Reply(status=404)
        items = "".join(
            f"<item><guid>{each}</guid><title>{escape(each.replace('-', ' '))}</title><link>/{each}</link></item>"
            for each in pages
        )
        listed = f'<?xml version="1.0"?><rss version="2.0"><channel><title>t</title>{items}</channel></rss>'
        return Reply(body=listed.encode(), headers={"Content-Type": "application/rss+xml"})

    with site(answer, host=address) as port:
        yield f"http://{address}:{port}/feed"


@contextmanager
def lister(entries: dict[str, str], address: str = "127.0.0.1") -> Iterator[str]:
    """A host with a feed that lists texts under whatever addresses; gives the feed's address."""
    items = "".join(
        f"<item><guid>{url}</guid><link>{url}</link><title>{escape(title)}</title>"
        f"<description>{escape(body)}</description></item>"
        for url, text in entries.items()
        for title, _, body in [text.partition("\n")]
    )
    listed = f'<?xml version="1.0"?><rss version="2.0"><channel><title>t</title>{items}</channel></rss>'
    with site(
        lambda _: Reply(body=listed.encode(), headers={"Content-Type": "application/rss+xml"}), host=address
    ) as at:
        yield f"http://{address}:{at}/feed"


def once(folder: Path, *feeds: str, **watch: object) -> Ran:
    config = {
        "version": 1,
        "feeds": [{"name": f"f{n}", "url": url, "first_poll": "judge"} for n, url in enumerate(feeds)],
        "watches": [{"name": "mali", "match": QUERY, "novelty": {"embedder": "none"}} | watch],
        "fetch": {"allow_private": True, "host_gap": "0s"},
    }
    path = folder / "monitor.yaml"
    path.write_text(json.dumps(config), encoding="utf-8")
    return run_here(path, "--json", "once", "--now")


def sentences(alert: Line) -> list[str]:
    return [each["text"] for each in alert["new"]]


@pytest.mark.parametrize("sample", samples("deception"))
def test_a_page_that_lies_makes_one_alert_of_its_own_host(sample: dict[str, Any], tmp_path: Path) -> None:
    body = (HOSTILE / sample["file"]).read_bytes()
    with host({"report": body}) as feed:
        ran = once(tmp_path, feed)
        assert ran.code == 0
        alerts = ran.of("alert")
        assert len(alerts) <= sample["limits"]["alerts"]
        assert len(once(tmp_path, feed).of("alert")) == 0
    for alert in alerts:
        assert alert["outlets"] == ["127.0.0.1"]
        assert alert["independent"] == 1
        told = sentences(alert)
        assert len(told) == len(set(told)) <= 5
        assert not any(each in text for text in told for each in ("Leave a Reply", "root:x:", "MINUSMA Wagner"))


def standing(ran: Ran) -> list[tuple[str, str]]:
    return [(each["outcome"], each["outlet"]) for each in ran.of("decision")]


NOBODY = ("http://127.0.0.3:9/a", "http://127.0.0.4:9/b")  # where no page can be read


def test_a_feed_that_lists_other_hosts_addresses_does_not_confirm_itself(tmp_path: Path) -> None:
    """What it says of pages that cannot be read is its own word, whatever addresses stand over it."""
    with lister(dict(zip(NOBODY, (DAM.first, DAM.rewrites[0]), strict=True))) as feed:
        ran = once(tmp_path, feed, match=DAM.query, confirm={})
    assert {outlet for _, outlet in standing(ran)} == {"127.0.0.1"}
    assert ran.of("alert") == []


def page(text: str) -> bytes:
    title, _, body = text.partition("\n")
    paragraphs = "".join(f"<p>{each}</p>" for each in body.split("\n"))
    return f"<html><body><article><h1>{title}</h1>{paragraphs}</article></body></html>".encode()


def test_nor_with_the_host_whose_address_it_took(tmp_path: Path) -> None:
    """The host's own report and the one under its address are one voice; a third host's is the second one."""
    held = {"match": DAM.query, "confirm": {"if_single": "hold"}}
    with (
        host({"velka": page(DAM.rewrites[1])}, "127.0.0.2") as real,
        host({"dam": page(DAM.rewrites[0])}, "127.0.0.6") as third,
    ):
        with lister({f"{real.rpartition('/')[0]}/gone": DAM.first}) as liar:
            assert standing(once(tmp_path, liar, **held)) == [("held", "127.0.0.1")]
        assert once(tmp_path, real, **held).of("alert") == []
        [alert] = once(tmp_path, real, third, **held).of("alert")
    assert (alert["outlets"], alert["independent"]) == (["127.0.0.1", "127.0.0.6"], 2)


def test_a_page_behind_a_redirect_speaks_for_the_host_that_gave_it(tmp_path: Path) -> None:
    """Many a site redirects to whatever address it is asked for: that makes nobody speak for it."""

    def redirecting(to: str) -> Callable[[Request], Reply]:
        return lambda request: Reply(status=404 if "robots" in request.path else 302, headers={"Location": to})

    with host({"one": page(DAM.first), "two": page(DAM.rewrites[0])}, "127.0.0.5") as liar:
        base = liar.rpartition("/")[0]
        with (
            site(redirecting(f"{base}/one"), host="127.0.0.3") as one,
            site(redirecting(f"{base}/two"), host="127.0.0.4") as two,
            lister({f"http://127.0.0.3:{one}/": "Leak", f"http://127.0.0.4:{two}/": "Water"}) as feed,
        ):
            ran = once(tmp_path, feed, match=DAM.query, confirm={})
    assert {outlet for _, outlet in standing(ran)} == {"127.0.0.5"}
    assert ran.of("alert") == []
