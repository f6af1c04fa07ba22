"""A web site with feeds, and `monitor feed` run on a configuration in a folder."""

from dataclasses import dataclass, field
from pathlib import Path

from programs import Ran, run_here
from sites import Reply, Request

from monitor.config.load import load_config

BARE = "version: 1\nfeeds: []  # none yet\nwatches: [{ name: all, match: '*:*', novelty: { embedder: none } }]\n"
OPEN = BARE + "fetch: { allow_private: true, host_gap: 0s }\n"


def rss(*titles: str, name: str = "The Wire", ttl: str = "") -> bytes:
    items = "".join(
        f"<item><title>{title}</title><guid>{title}</guid><link>/{n}</link>"
        f"<pubDate>Fri, {n + 1:02} May 2026 10:00:00 GMT</pubDate></item>"
        for n, title in enumerate(titles)
    )
    head = f"<title>{name}</title><link>/</link><description>d</description>{ttl}"
    return f'<?xml version="1.0"?><rss version="2.0"><channel>{head}{items}</channel></rss>'.encode()


@dataclass
class Site:
    """What is served: a body with its type, a status, or where to; and what was asked for."""

    pages: dict[str, tuple[bytes, str] | int | str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    port: int = 0
    max_age: int = 600

    def url(self, path: str = "/") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def page(self, path: str, html: str) -> None:
        self.pages[path] = (f"<!doctype html><html>{html}</html>".encode(), "text/html; charset=utf-8")

    def feed(self, path: str, body: bytes, kind: str = "application/rss+xml") -> None:
        self.pages[path] = (body, kind)

    def answer(self, request: Request) -> Reply:
        self.asked.append(request.path)
        self.headers.append({name.lower(): value for name, value in request.headers.items()})
        given = self.pages.get(request.path, 404)
        if isinstance(given, int):
            return Reply(status=given)
        if isinstance(given, str):
            return Reply(status=301, headers={"Location": given})
        body, kind = given
        headers = {"Content-Type": kind, "ETag": '"x"', "Cache-Control": f"max-age={self.max_age}"}
        return Reply(body=body, headers=headers)


@dataclass
class Shell:
    """A folder with a configuration, and the program run in it."""

    folder: Path

    def __call__(self, *words: str) -> Ran:
        return run_here(self.file, *words)

    @property
    def file(self) -> Path:
        return self.folder / "monitor.yaml"

    @property
    def text(self) -> str:
        return self.file.read_text(encoding="utf-8")

    @property
    def feeds(self) -> list[tuple[str, str | None]]:
        return [(feed.name, feed.url) for feed in load_config(self.file).feeds]
