"""The daemon's own door: who may knock, what it understands, and that nobody can hold it open."""

import asyncio
import contextlib
import json
import socket
import stat
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import uvloop

from monitor.errors import MonitorError
from monitor.service import control
from monitor.service.control import SOCKET_NAME, Control, ControlError, ask

LOOPS = [asyncio.new_event_loop, uvloop.new_event_loop]


async def count(request: dict[str, Any]) -> dict[str, Any]:
    return {"feeds": request.get("n", 3)}


async def refuse(_: dict[str, Any]) -> dict[str, Any]:
    raise MonitorError("monitor.yaml:3:1: feeds: must be a list")


async def stumble(_: dict[str, Any]) -> dict[str, Any]:
    raise KeyError("x")


HANDLERS = {"reload": count, "refuse": refuse, "stumble": stumble}


@contextlib.asynccontextmanager
async def daemon(state: Path) -> AsyncIterator[Control]:
    await asyncio.to_thread(state.mkdir, parents=True, exist_ok=True)
    async with Control(state, HANDLERS) as opened:
        yield opened


def run(loop: Callable[[], asyncio.AbstractEventLoop], work: Any) -> Any:
    with asyncio.Runner(loop_factory=loop) as runner:
        return runner.run(work)


async def asked(state: Path, **request: Any) -> dict[str, Any] | None:
    return await asyncio.to_thread(ask, state, request)


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def raw(state: Path, sent: bytes, *, ends: bool = False) -> bytes:
    """Send bytes as they are, and return everything that comes back until the other side hangs up."""
    reader, writer = await asyncio.open_unix_connection(str(state / SOCKET_NAME))
    writer.write(sent)
    if ends:
        writer.write_eof()
    try:
        return await asyncio.wait_for(reader.read(), 20)
    finally:
        writer.close()


@pytest.mark.parametrize("loop", LOOPS)
def test_a_request_is_answered(tmp_path: Path, loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    async def work() -> None:
        async with daemon(tmp_path):
            assert await asked(tmp_path, do="reload", n=7) == {"ok": True, "feeds": 7}
            assert await asked(tmp_path, do="refuse") == {
                "ok": False,
                "error": "monitor.yaml:3:1: feeds: must be a list",
            }
            assert stat.S_IMODE((tmp_path / SOCKET_NAME).stat().st_mode) == 0o600
            assert names(tmp_path) == [SOCKET_NAME]
        assert names(tmp_path) == []
        assert ask(tmp_path, {"do": "reload"}) is None

    run(loop, work())


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("length", [90, 99, 100, 107, 108, 150, 1_000])
def test_a_folder_may_have_a_path_too_long_for_a_socket(
    tmp_path: Path, loop: Callable[[], asyncio.AbstractEventLoop], length: int
) -> None:
    """An address holds 107 bytes; a folder's path holds 4,095."""
    state = tmp_path
    while (missing := length - len(str(state))) > 1:
        state = state / ("d" * min(200, missing - 1))

    async def work() -> None:
        async with daemon(state):
            assert await asked(state, do="reload") == {"ok": True, "feeds": 3}

    run(loop, work())


def test_what_a_killed_daemon_left_is_replaced(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(tmp_path / SOCKET_NAME))
    assert ask(tmp_path, {"do": "reload"}) is None

    async def work() -> None:
        async with daemon(tmp_path):
            assert await asked(tmp_path, do="reload") == {"ok": True, "feeds": 3}

    asyncio.run(work())


def test_where_nobody_listens_nobody_answers(tmp_path: Path) -> None:
    assert ask(tmp_path, {"do": "reload"}) is None
    assert ask(tmp_path / "none", {"do": "reload"}) is None
    assert ask(tmp_path / ("d" * 150) / "none", {"do": "reload"}) is None


def test_another_file_in_its_place_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / SOCKET_NAME).write_text("mine")
    with pytest.raises(ControlError, match="is no socket"):
        asyncio.run(daemon(tmp_path).__aenter__())
    assert (tmp_path / SOCKET_NAME).read_text() == "mine"


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (b"reload\n", "one JSON object"),
        (b'["reload"]\n', "one JSON object"),
        (b"[" * 30_000 + b"\n", "one JSON object"),
        (b"\xff\xfe\n", "one JSON object"),
        (b"{}\n", "does not know 'None'; it knows: refuse, reload, stumble"),
        (b'{"do": ["reload"]}\n', "does not know"),
        (b'{"do": "shutdown"}\n', "does not know 'shutdown'"),
        (b'{"do": "stumble"}\n', "unforeseen KeyError"),
        (b"x" * (control.MAX_BYTES + 2) + b"\n", "at most 1,048,576 bytes"),
    ],
)
def test_nonsense_is_named_and_ends_nothing(tmp_path: Path, sent: bytes, said: str) -> None:
    async def work() -> None:
        async with daemon(tmp_path):
            first, *_ = (await raw(tmp_path, sent, ends=True)).splitlines()
            answer = json.loads(first)
            assert not answer["ok"]
            assert said in answer["error"]
            assert await asked(tmp_path, do="reload") == {"ok": True, "feeds": 3}

    asyncio.run(work())


def test_one_connection_may_ask_more_than_once(tmp_path: Path) -> None:
    async def work() -> bytes:
        async with daemon(tmp_path):
            return await raw(tmp_path, b'{"do": "reload"}\n{"do": "reload", "n": 4}\n{"do": "rel', ends=True)

    assert asyncio.run(work()) == b'{"ok": true, "feeds": 3}\n{"ok": true, "feeds": 4}\n'


def test_who_says_nothing_is_hung_up_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control, "REQUEST_S", 0.05)

    async def work() -> bytes:
        async with daemon(tmp_path):
            return await raw(tmp_path, b'{"do": ')

    assert asyncio.run(work()) == b""


def test_a_crowd_is_turned_away_and_the_door_stays_open(tmp_path: Path) -> None:
    async def work() -> None:
        async with daemon(tmp_path), contextlib.AsyncExitStack() as stack:
            for _ in range(control.MAX_TALKS):
                _, writer = await asyncio.open_unix_connection(str(tmp_path / SOCKET_NAME))
                stack.callback(writer.close)
            await asyncio.sleep(0)
            assert await raw(tmp_path, b"") == b""
            await stack.aclose()
            for _ in range(200):  # until the server has seen them leave
                with contextlib.suppress(ControlError):
                    if await asked(tmp_path, do="reload") == {"ok": True, "feeds": 3}:
                        return
        raise AssertionError("nobody is let in any more")

    asyncio.run(work())


def test_the_door_closes_while_somebody_talks(tmp_path: Path) -> None:
    async def work() -> bytes:
        async with daemon(tmp_path):
            reader, writer = await asyncio.open_unix_connection(str(tmp_path / SOCKET_NAME))
            writer.write(b'{"do": "reload"}\n')
            assert await reader.readline() == b'{"ok": true, "feeds": 3}\n'
        rest = await asyncio.wait_for(reader.read(), 5)
        writer.close()
        return rest

    assert asyncio.run(work()) == b""


def test_a_daemon_that_hangs_is_named(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as deaf:
        deaf.bind(str(tmp_path / SOCKET_NAME))
        deaf.listen()
        with pytest.raises(ControlError, match="does not answer"):
            ask(tmp_path, {"do": "reload"}, patience_s=0.05)


def test_a_new_daemons_socket_is_not_taken_away_by_the_old_one(tmp_path: Path) -> None:
    async def work() -> None:
        async with daemon(tmp_path):
            old = Control(tmp_path, HANDLERS)
            async with old, daemon(tmp_path):
                await old.__aexit__(None, None, None)
                assert await asked(tmp_path, do="reload") == {"ok": True, "feeds": 3}

    asyncio.run(work())
