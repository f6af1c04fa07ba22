"""What a host's robots.txt says of its pages holds, however it says it."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from itertools import pairwise

import pytest
from servers import Answer, Server, answer, serving

from monitor.errors import BlockedAddressError, FetchError, RobotsError
from monitor.model.feed import Feed, FeedMemory
from monitor.sources import robots as robots_module
from monitor.sources.http import Client
from monitor.sources.robots import KEPT_S, MAX_ROBOTS_BYTES, TOKEN, Robots
from monitor.sources.web import WebSource
from monitor.sources.workers import Workers

SENTENCE = "The Malian government asked the mission to leave without delay, the foreign minister told the council. "
PAGE = answer(f"<article><h1>Mission to leave</h1><p>{SENTENCE * 4}</p></article>".encode(), Content_Type="text/html")
ROBOTS = "/robots.txt"


class Clock:
    """Seconds that a test sets."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module")
def workers(loop: asyncio.Runner) -> Iterator[Workers]:
    async def made() -> Workers:
        return Workers(1)

    opened = loop.run(made())
    yield opened
    loop.run(opened.close())


@asynccontextmanager
async def world(
    workers: Workers, clock: Clock | None = None, **answers: Answer
) -> AsyncIterator[tuple[Server, Robots, Client]]:
    named = {f"/{name.replace('_', '.')}": each for name, each in answers.items()}
    async with serving(named) as server, Client(gap_s=0) as client:
        yield server, Robots(client, workers, clock=clock or time.monotonic), client


def said(text: str | bytes, **headers: str) -> bytes:
    return answer(text if isinstance(text, bytes) else text.encode(), Content_Type="text/plain", **headers)


def reason(loop: asyncio.Runner, workers: Workers, robots_txt: Answer, target: str = "/a") -> str:
    """Return why a page may not be read; "" if it may."""

    async def run() -> str:
        async with world(workers, robots_txt=robots_txt) as (server, robots, _):
            try:
                await robots.check(server.url(target), allow_private=True)
            except FetchError as exc:
                return f"{type(exc).__name__}: {exc.reason}"
            return ""

    return loop.run(run())


ASKED = "RobotsError: its host's robots.txt asks not to read it"


@pytest.mark.parametrize(
    ("text", "target", "expected"),
    [
        ("User-agent: *\nDisallow: /", "/a", ASKED),
        ("User-agent: *\nDisallow:", "/a", ""),
        ("User-agent: other\nDisallow: /", "/a", ""),
        (f"User-agent: *\nDisallow:\n\nUser-agent: {TOKEN}\nDisallow: /", "/a", ASKED),
        (f"User-agent: *\nDisallow: /\n\nUser-agent: {TOKEN.upper()}\nAllow: /", "/a", ""),
        ("User-agent: *\nDisallow: /private\nAllow: /private/open", "/private/open/1", ""),
        ("User-agent: *\nDisallow: /*?print=", "/a?print=1", ASKED),
        ("User-agent: *\nDisallow: /a$", "/ab", ""),
        ("\ufeffUser-agent: *\nDisallow: /", "/a", ASKED),
        ("<html><h1>Not here</h1>", "/a", ""),
        ("", "/a", ""),
        (b"\x00\xff\xfe\x80" * 10_000 + b"\nUser-agent: *\nDisallow: /b\n", "/a", ""),
        (b"\x00\xff\xfe\x80" * 10_000 + b"\nUser-agent: *\nDisallow: /b\n", "/b", ASKED),
    ],
)
def test_what_is_asked_holds(
    text: str | bytes, target: str, expected: str, loop: asyncio.Runner, workers: Workers
) -> None:
    assert reason(loop, workers, said(text), target) == expected


@pytest.mark.parametrize("status", [204, 401, 403, 404, 410, 451])
def test_without_a_robots_txt_everything_may_be_read(status: int, loop: asyncio.Runner, workers: Workers) -> None:
    """RFC 9309, 2.3.1.3."""
    assert reason(loop, workers, answer(status=status)) == ""


@pytest.mark.parametrize(
    "location", ["/robots.txt", "http://169.254.169.254/robots.txt", "file:///etc/passwd", "//[]@"]
)
def test_a_redirect_that_leads_nowhere_counts_as_none(location: str, loop: asyncio.Runner, workers: Workers) -> None:
    assert reason(loop, workers, answer(status=302, Location=location)) == ""


@pytest.mark.parametrize("status", [429, 500, 503])
def test_while_a_host_cannot_tell_its_pages_wait(status: int, loop: asyncio.Runner, workers: Workers) -> None:
    """RFC 9309, 2.3.1.4; once it can, they are read, and whoever asked early asked once."""
    clock = Clock()

    async def run() -> None:
        async with world(workers, clock, robots_txt=answer(status=status)) as (server, robots, _):
            for _ in range(2):
                with pytest.raises(FetchError, match=f"robots.txt could not be had: answered {status}") as failed:
                    await robots.check(server.url("/a"), allow_private=True)
                assert failed.value.transient
            assert len(server.requests) == 1
            server.answers[ROBOTS] = answer(status=404)
            clock.now += robots_module.ASKED_AGAIN_S
            await robots.check(server.url("/a"), allow_private=True)

    loop.run(run())


def test_a_pause_that_the_host_asks_for_is_told(loop: asyncio.Runner, workers: Workers) -> None:
    async def run() -> None:
        async with world(workers, robots_txt=answer(status=429, Retry_After="70")) as (server, robots, _):
            with pytest.raises(FetchError) as failed:
                await robots.check(server.url("/a"), allow_private=True)
            assert failed.value.asked_pause_s() == 70

    loop.run(run())


def test_what_was_known_holds_on_while_the_host_cannot_tell(loop: asyncio.Runner, workers: Workers) -> None:
    clock = Clock()

    async def run() -> None:
        async with world(workers, clock, robots_txt=said("User-agent: *\nDisallow: /a")) as (server, robots, _):
            await robots.check(server.url("/b"), allow_private=True)
            clock.now += KEPT_S - 1
            await robots.check(server.url("/b"), allow_private=True)
            assert len(server.requests) == 1
            clock.now += 1
            server.answers[ROBOTS] = answer(status=500)
            await robots.check(server.url("/b"), allow_private=True)
            with pytest.raises(RobotsError):
                await robots.check(server.url("/a"), allow_private=True)
            assert len(server.requests) == 2

    loop.run(run())


def test_a_host_is_asked_once_by_all_that_wait(loop: asyncio.Runner, workers: Workers) -> None:
    """And the one who gives up waiting takes the answer from nobody else."""

    async def run() -> None:
        async with world(workers, robots_txt=said("User-agent: *\nDisallow: /a")) as (server, robots, _):
            first = asyncio.create_task(robots.check(server.url("/b"), allow_private=True))
            others = [asyncio.create_task(robots.check(server.url(f"/b{n}"), allow_private=True)) for n in range(9)]
            await asyncio.sleep(0)
            first.cancel()
            await asyncio.gather(*others)
            assert [request.target for request in server.requests] == [ROBOTS]

    loop.run(run())


def test_a_private_host_is_not_asked(loop: asyncio.Runner, workers: Workers) -> None:
    async def run() -> None:
        async with world(workers) as (server, robots, _):
            with pytest.raises(BlockedAddressError):
                await robots.check(server.url("/a"), allow_private=False)
            assert server.connections == 0

    loop.run(run())


def test_few_hosts_and_few_bytes_are_remembered(
    loop: asyncio.Runner, workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        async with world(workers, robots_txt=said("#" * 600)) as (server, robots, _):
            for name in ("localhost", "127.0.0.1", "localhost"):
                await robots.check(server.url("/a", host=name), allow_private=True)
            assert len(server.requests) == 3

    monkeypatch.setattr(robots_module, "MOST_BYTES", 1_000)
    loop.run(run())
    monkeypatch.undo()
    monkeypatch.setattr(robots_module, "MOST_HOSTS", 1)
    loop.run(run())


AGENTS = "".join(f"User-agent: a{n}\n" for n in range(3_000)) + "Disallow: /x\n" * 3_000
BOMBS = {
    "agents": f"{AGENTS}User-agent: *\nDisallow: /\n",
    "wildcards": "User-agent: *\n" + "Disallow: /*a*a*a*a*a*a*b\n" * 19_000,
    "one line": "User-agent: *\nDisallow: /" + "*a" * 250_000 + "b\n",
    "dollars": "User-agent: *\nDisallow: /" + "$" * 400_000 + "\n",
    "lines": "\n" * (4 * 1024 * 1024) + "User-agent: *\nDisallow: /\n",  # the end is beyond what is read
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_hostile_robots_txt_stops_nothing_else(bomb: str, loop: asyncio.Runner, workers: Workers) -> None:
    """It is read in time or not at all, by one worker once, while the loop goes on."""

    async def run() -> None:
        async with world(workers, robots_txt=said(BOMBS[bomb])) as (server, robots, _):
            target = server.url(f"/{'a' * 1_900}")
            ticks, longest = await watched(lambda: settled(robots, target))
            assert ticks > 0
            assert longest < 1.0
            began = time.monotonic()
            outcome = await settled(robots, target)
            assert time.monotonic() - began < robots_module.READ_TIMEOUT_S
            assert outcome == ("its host's robots.txt cannot be read: a worker that was to do it was stopped after 2 s"
                               if bomb == "agents" else "")  # fmt: skip

    assert len(BOMBS["wildcards"]) < MAX_ROBOTS_BYTES
    loop.run(run())


def test_what_could_not_be_read_is_asked_for_again_a_quarter_of_an_hour_later(
    loop: asyncio.Runner, workers: Workers
) -> None:
    """A busy machine may have been the reason, not the file."""
    clock = Clock()

    async def run() -> None:
        async with world(workers, clock, robots_txt=said(BOMBS["agents"])) as (server, robots, _):
            assert "cannot be read" in await settled(robots, server.url("/b"))
            server.answers[ROBOTS] = said("User-agent: *\nDisallow: /a")
            clock.now += robots_module.TOO_MUCH_S - 1
            assert "cannot be read" in await settled(robots, server.url("/b"))
            clock.now += 1
            assert await settled(robots, server.url("/b")) == ""

    loop.run(run())


async def settled(robots: Robots, url: str) -> str:
    try:
        await robots.check(url, allow_private=True)
    except RobotsError as exc:
        return exc.reason
    return ""


async def watched(work: Callable[[], Awaitable[object]]) -> tuple[int, float]:
    """Return how often the loop came round meanwhile, and the longest that it took."""
    task, ticks, longest = asyncio.ensure_future(work()), 0, 0.0
    while not task.done():
        began = time.monotonic()
        await asyncio.wait({task}, timeout=0.02)
        ticks, longest = ticks + 1, max(longest, time.monotonic() - began)
    await task
    return ticks, longest


# --- pages and feeds --------------------------------------------------------------------------------------------------


def source(
    loop: asyncio.Runner,
    workers: Workers,
    body: Callable[[Server, WebSource], Awaitable[None]],
    *,
    heeds_robots: bool = True,
    gap_s: float = 0,
    **answers: Answer,
) -> None:
    async def run() -> None:
        named = {f"/{name.replace('_', '.')}": each for name, each in answers.items()}
        async with serving(named) as server, Client(gap_s=gap_s) as client:
            await body(server, WebSource(client, workers, heeds_robots=heeds_robots))

    loop.run(run())


FORBIDDEN = said("User-agent: *\nDisallow: /a")


def test_a_page_is_not_asked_for_where_robots_txt_forbids_it(loop: asyncio.Runner, workers: Workers) -> None:
    async def body(server: Server, web: WebSource) -> None:
        with pytest.raises(RobotsError, match="asks not to read it"):
            await web.page(server.url("/a"), allow_private=True)
        assert [request.target for request in server.requests] == [ROBOTS]

    source(loop, workers, body, robots_txt=FORBIDDEN, a=PAGE)


def test_a_redirect_leads_to_no_page_that_robots_txt_forbids(loop: asyncio.Runner, workers: Workers) -> None:
    async def body(server: Server, web: WebSource) -> None:
        server.answers["/moved"] = answer(status=302, Location="/a")
        with pytest.raises(RobotsError):
            await web.page(server.url("/moved"), allow_private=True)
        assert [request.target for request in server.requests] == [ROBOTS, "/moved"]

    source(loop, workers, body, robots_txt=FORBIDDEN, a=PAGE)


def test_robots_txt_can_be_left_alone(loop: asyncio.Runner, workers: Workers) -> None:
    async def body(server: Server, web: WebSource) -> None:
        await web.page(server.url("/a"), allow_private=True)
        assert [request.target for request in server.requests] == ["/a"]

    source(loop, workers, body, heeds_robots=False, robots_txt=FORBIDDEN, a=PAGE)


def test_feeds_are_asked_for_whatever_robots_txt_says(loop: asyncio.Runner, workers: Workers) -> None:
    feed = b'<rss version="2.0"><channel><title>t</title><item><title>One</title></item></channel></rss>'

    async def body(server: Server, web: WebSource) -> None:
        await web.poll(Feed(name="a", url=server.url("/a"), allow_private=True), FeedMemory())
        assert [request.target for request in server.requests] == ["/a"]

    source(loop, workers, body, robots_txt=FORBIDDEN, a=answer(feed, Content_Type="application/rss+xml"))


def test_pages_and_robots_txt_take_turns_with_the_pause_of_their_host(loop: asyncio.Runner, workers: Workers) -> None:
    asked: list[float] = []

    def timed(given: bytes) -> Answer:
        async def reply(_: object, writer: asyncio.StreamWriter) -> None:
            asked.append(time.monotonic())
            writer.write(given)

        return reply

    async def body(server: Server, web: WebSource) -> None:
        await asyncio.gather(*(web.page(server.url(f"/{name}"), allow_private=True) for name in "bc"))
        assert len(asked) == 3
        assert all(later - earlier >= 0.25 for earlier, later in pairwise(asked))

    everything = said("User-agent: *\nDisallow:")
    source(loop, workers, body, gap_s=1, robots_txt=timed(everything), b=timed(PAGE), c=timed(PAGE))


def test_a_pause_that_a_page_asks_for_holds_for_its_host_s_feeds(loop: asyncio.Runner, workers: Workers) -> None:
    async def body(server: Server, web: WebSource) -> None:
        with pytest.raises(FetchError, match="answered 429"):
            await web.page(server.url("/a"), allow_private=True)
        with pytest.raises(FetchError, match="asked to be left alone"):
            await web.poll(Feed(name="f", url=server.url("/f"), allow_private=True), FeedMemory())
        assert [request.target for request in server.requests] == [ROBOTS, "/a"]

    source(loop, workers, body, a=answer(status=429, Retry_After="60"))
