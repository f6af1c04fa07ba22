"""The service manager hears us, over a real socket."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.service.notify import Notifier


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(str(tmp_path / "notify"))
        ear.settimeout(5)
        yield ear


def test_every_word_arrives_as_one_datagram(manager: socket.socket) -> None:
    notifier = Notifier.from_environment({"NOTIFY_SOCKET": manager.getsockname()})
    notifier.ready()
    notifier.status("3 feeds,\n1 down")
    notifier.watchdog()
    notifier.stopping()
    heard = [manager.recv(1024) for _ in range(4)]
    assert heard == [b"READY=1", b"STATUS=3 feeds, 1 down", b"WATCHDOG=1", b"STOPPING=1"]


def test_an_abstract_socket_is_spoken_to_as_well() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind("")  # Linux chooses a free abstract address
        ear.settimeout(5)
        address = "@" + ear.getsockname()[1:].decode()
        Notifier.from_environment({"NOTIFY_SOCKET": address}).ready()
        assert ear.recv(1024) == b"READY=1"


@pytest.mark.parametrize("environ", [{}, {"NOTIFY_SOCKET": ""}, {"NOTIFY_SOCKET": "vsock:2:1234"}])
def test_without_a_socket_that_we_know_nothing_is_said(environ: dict[str, str]) -> None:
    notifier = Notifier.from_environment(environ)
    notifier.ready()
    assert notifier.address is None


def test_a_manager_that_has_gone_does_not_stop_us(tmp_path: Path) -> None:
    Notifier.from_environment({"NOTIFY_SOCKET": str(tmp_path / "gone")}).watchdog()


@pytest.mark.parametrize(
    ("environ", "interval_s"),
    [
        ({"WATCHDOG_USEC": "60000000"}, 30.0),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "42"}, 30.0),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "43"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({}, None),
    ],
)
def test_the_watchdog_is_fed_twice_as_often_as_it_asks(environ: dict[str, str], interval_s: float | None) -> None:
    assert Notifier.from_environment(environ, pid=42).watchdog_interval_s == interval_s
