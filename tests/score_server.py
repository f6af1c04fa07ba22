"""A server that judges feed readers, after Rachel Kroll's feed reader score (rachelbythebay.com/fs/help.html).

Each feed is a key with a script of answers; every request is kept with its time and headers, and `faults` says in
sentences what a polite reader would not have done.
"""

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from sites import Reply, Request, site

HOST_GAP_S = 1.0
CLOCK_S = 0.02  # what the two sides' clocks may disagree by
BODY = b'<rss version="2.0"><channel><item><title>%s</title><guid>%s</guid></item></channel></rss>'


@dataclass(frozen=True)
class Asked:
    """One request."""

    at: float
    host: str
    path: str
    headers: dict[str, str]
    answered: float


@dataclass
class Key:
    """One feed: what it answers, and what it must not be asked before."""

    headers: Mapping[str, str] = field(default_factory=dict)  # of each answer
    status: int = 200  # 200 means 304 where the validators are right
    wait_s: float = 0.0  # after each answer, the reader must leave the feed alone for so long
    first_only: bool = False  # status, headers and wait are those of the first answer only; then 200
    location: str = ""
    asked: list[Asked] = field(default_factory=list)


@dataclass
class Score:
    """Everything that was asked."""

    keys: dict[str, Key]
    port: int = 0

    def url(self, host: str, key: str) -> str:
        return f"http://{host}:{self.port}/{key}"

    def faults(self) -> list[str]:
        """Return every rule that was broken, as sentences."""
        found: list[str] = []
        everything = sorted((asked for key in self.keys.values() for asked in key.asked), key=lambda asked: asked.at)
        last: dict[str, float] = {}
        for asked in everything:
            if asked.host in last and asked.at - last[asked.host] < HOST_GAP_S - CLOCK_S:
                found.append(
                    f"{asked.host}{asked.path}: asked {asked.at - last[asked.host]:.2f} s after the last answer"
                )
            last[asked.host] = asked.answered
            found += [f"{asked.path}: sent {name}" for name in ("cookie", "referer") if name in asked.headers]
            if "?" in asked.path:
                found.append(f"{asked.path}: an address of the reader's own making")
            if "news-monitor/" not in asked.headers.get("user-agent", ""):
                found.append(f"{asked.path}: does not say who asks")
        for name, key in self.keys.items():
            found += [f"{name}: {fault}" for fault in _faults(key)]
        return found


def _faults(key: Key) -> Iterator[str]:
    validators = {"if-none-match": key.headers.get("ETag"), "if-modified-since": key.headers.get("Last-Modified")}
    for n, (before, asked) in enumerate(zip(key.asked, key.asked[1:], strict=False), start=1):
        wait_s = key.wait_s if not key.first_only or n == 1 else 0.0
        if asked.at - before.answered < wait_s - CLOCK_S:
            yield f"asked after {asked.at - before.answered:.2f} s instead of {wait_s:g}"
        if key.status in (200, 301):
            for header, value in validators.items():
                if asked.headers.get(header) != value:
                    yield f"request {n} sent {header}: {asked.headers.get(header)!r} instead of {value!r}"
    if key.asked and key.status == 200 and any(header in key.asked[0].headers for header in validators):
        yield "the first request carried validators that nobody gave"


@contextmanager
def scoring(keys: dict[str, Key]) -> Iterator[Score]:
    """Serve the keys on every loopback address of one port."""
    score = Score(keys)
    guard = threading.Lock()

    def answer(request: Request) -> Reply:
        at = time.monotonic()
        name = request.path.partition("?")[0].strip("/")
        key = score.keys.get(name)
        if key is None:
            return Reply(status=404)
        headers = {header.lower(): value for header, value in request.headers.items()}
        with guard:
            is_plain = key.first_only and bool(key.asked)
            host = headers["host"].partition(":")[0]
            key.asked.append(Asked(at, host, request.path, headers, time.monotonic()))
        return _reply(name, key, headers, is_plain=is_plain)

    with site(answer, host="0.0.0.0") as score.port:
        yield score


def _reply(name: str, key: Key, asked: Mapping[str, str], *, is_plain: bool) -> Reply:
    given = {} if is_plain else dict(key.headers)
    status = 200 if is_plain else key.status
    pairs = (("ETag", "if-none-match"), ("Last-Modified", "if-modified-since"))
    is_known = any(mine in given and asked.get(theirs) == given[mine] for mine, theirs in pairs)
    status = 304 if status == 200 and is_known else status
    more = {"Set-Cookie": "reader=you; Path=/"} | ({"Location": key.location} if key.location else {})
    body = BODY % (name.encode(), name.encode()) if status == 200 else b""
    return Reply(body=body, status=status, headers=given | more)
