"""Looking names up: few threads, few addresses, a short memory."""

import asyncio
import socket
import threading

import pytest

from monitor.sources.resolver import KEPT_S, MAX_ADDRESSES, MAX_IDLE, MAX_KEPT, Remembering, ThreadResolver


class Counting:
    """Answers with what it is given, and counts."""

    def __init__(self, addresses: list[str]) -> None:
        self.addresses = addresses
        self.asked: list[str] = []

    async def resolve(self, host: str) -> list[str]:
        self.asked.append(host)
        if host == "none.test":
            raise OSError("no such host")
        return self.addresses

    async def close(self) -> None:
        self.asked.append("close")


def test_what_was_found_is_remembered_for_a_minute_and_forgotten_on_demand(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> list[str]:
        inner = Counting(["192.0.2.1"])
        resolver, loop = Remembering(inner), asyncio.get_running_loop()
        now = loop.time()
        monkeypatch.setattr(loop, "time", lambda: now)
        for passed_s in (0.0, KEPT_S - 1, 1.0):
            now += passed_s
            assert await resolver.resolve("a.test") == ["192.0.2.1"]
        assert inner.asked == ["a.test"] * 2
        resolver.forget("a.test")
        resolver.forget("a.test")
        await resolver.resolve("a.test")
        for _ in range(2):  # what was not found is not remembered
            with pytest.raises(OSError, match="no such host"):
                await resolver.resolve("none.test")
        await resolver.close()
        return inner.asked

    assert asyncio.run(run()) == ["a.test", "a.test", "a.test", "none.test", "none.test", "close"]


def test_of_many_hosts_the_latest_are_remembered() -> None:
    async def run() -> None:
        inner = Counting(["192.0.2.1"])
        resolver = Remembering(inner)
        for number in range(MAX_KEPT + 1):
            await resolver.resolve(f"{number}.test")
        await resolver.resolve("1.test")
        assert len(inner.asked) == MAX_KEPT + 1
        await resolver.resolve("0.test")
        assert len(inner.asked) == MAX_KEPT + 2

    asyncio.run(run())


def test_of_many_addresses_the_first_of_each_family_are_kept_in_their_order() -> None:
    old, new = [f"192.0.2.{n}" for n in range(9)], [f"2001:db8::{n}" for n in range(9)]
    mixed = [address for pair in zip(new, old, strict=True) for address in pair]
    found = asyncio.run(Remembering(Counting(mixed)).resolve("a.test"))
    assert found == mixed[: 2 * MAX_ADDRESSES]


def test_look_ups_keep_a_few_threads_and_leave_none_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    real, many = socket.getaddrinfo, threading.Barrier(MAX_IDLE + 4)

    def together(host: str, *rest: object, **named: object) -> object:
        if host == "localhost":
            many.wait(5)
        return real(host, *rest, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", together)

    def resolving() -> int:
        return sum(thread.name == "resolve" for thread in set(threading.enumerate()) - before)

    async def settled(count: int) -> bool:
        for _ in range(100):
            if resolving() == count:
                return True
            await asyncio.sleep(0.01)
        return False

    async def run() -> None:
        resolver = ThreadResolver()
        found = await asyncio.gather(*(resolver.resolve("localhost") for _ in range(MAX_IDLE + 4)))
        assert all("127.0.0.1" in addresses for addresses in found)
        assert await settled(MAX_IDLE)
        for _ in range(5):
            with pytest.raises(socket.gaierror):
                await resolver.resolve("no-such-host.invalid")
        assert await settled(MAX_IDLE)
        await resolver.close()
        assert await settled(0)

    before = set(threading.enumerate())
    asyncio.run(run())
