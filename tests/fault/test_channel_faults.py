"""Channels that fail in every way: bounded, told truly, nobody else the slower, and no secret anywhere."""

import json
import os
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import pytest
from alert_samples import alert
from programs import run, run_here
from receivers import mail, web

from monitor.delivery import channels as room
from monitor.delivery import threads
from monitor.delivery.channels import ChannelSender
from monitor.delivery.wire import Wire, watched
from monitor.model.delivery import Channel, ChannelKind, Delivery, NotSent, Receipt, Sent, Unsure

CANARY = "c4n4ry-S3cret"
TEXT = "Mali: dam at Manantali shuts its gates\nThe dam at Manantali in western Mali shut all eight gates on Monday.\n"


def delivery(channel: str = "desk", number: int = 0) -> Delivery:
    told = replace(alert(), id=f"{number:016x}")
    return Delivery(key=f"{told.id}.{channel}", alert=told, channel=channel, attempts=0, token="t1", root=told.story)


def post(port: int) -> str:
    return f"mailto://127.0.0.1:{port}/?from=desk@example.org&to=reader@example.org"


def sender(*urls: tuple[str, str, ChannelKind], limit_s: float = 10.0) -> ChannelSender:
    return ChannelSender(
        [Channel(name=name, url=url, kind=kind, allow_private=True) for name, url, kind in urls], limit_s=limit_s
    )


@contextmanager
def speaking(*lines: bytes) -> Iterator[int]:
    """A mail server that says one of these to each line it hears, and nothing once they are used up."""
    done = threading.Event()

    def serve(door: socket.socket) -> None:
        line, _ = door.accept()
        with line, line.makefile("rb") as heard:
            for answer in lines:
                line.sendall(answer)
                if not heard.readline():
                    return
            done.wait(20)

    with socket.create_server(("127.0.0.1", 0)) as door:
        thread = threading.Thread(target=serve, args=(door,), daemon=True)
        thread.start()
        try:
            yield door.getsockname()[1]
        finally:
            done.set()


# --- mail -------------------------------------------------------------------------------------------------------------


def test_letters_of_one_burst_share_a_connection_until_one_is_refused() -> None:
    with mail("250 OK", "250 OK", "451 later", "250 OK") as receiver:
        door = sender(("desk", post(receiver.port), ChannelKind.APPRISE))
        receipts = [door.send(delivery(number=number)) for number in range(4)]
    assert [type(receipt) for receipt in receipts] == [Sent, Sent, NotSent, Sent]
    assert receiver.peers[0] == receiver.peers[1] == receiver.peers[2] != receiver.peers[3]
    assert [letter["Message-ID"] for letter in receiver.letters] == [f"<{n:016x}.desk@example.org>" for n in range(4)]


def test_a_connection_that_the_server_closed_meanwhile_costs_no_letter() -> None:
    """It takes one letter, then hangs up; the second one goes by a new connection, and arrives once."""
    with mail("250 OK", "drop", "250 OK") as receiver:
        door = sender(("desk", post(receiver.port), ChannelKind.APPRISE))
        first, second, third = (door.send(delivery(number=number)) for number in range(3))
    assert (type(first), type(second), type(third)) == (Sent, Unsure, Sent)
    assert len(receiver.letters) == 3


@pytest.mark.parametrize(
    ("lines", "wanted"),
    [
        ((), NotSent),  # it says nothing at all
        ((b"220 here\r\n",), NotSent),
        ((b"220 here\r\n", b"250 fine\r\n", b"250 fine\r\n"), NotSent),  # silent before DATA
        ((b"220 here\r\n", b"250 fine\r\n", b"250 fine\r\n", b"250 fine\r\n", b"354 go on\r\n"), Unsure),
        ((b"421 busy\r\n",), NotSent),
        ((b"554 no service\r\n",), NotSent),
    ],
)
def test_a_mail_server_that_falls_silent_is_waited_for_no_longer_than_the_limit(
    lines: tuple[bytes, ...], wanted: type[Receipt]
) -> None:
    began = time.monotonic()
    with speaking(*lines) as port:
        receipt = sender(("desk", post(port), ChannelKind.APPRISE), limit_s=0.6).send(delivery())
        assert time.monotonic() - began < 5
    assert isinstance(receipt, wanted), receipt


def test_a_send_that_was_given_up_leaves_no_thread_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its connection is cut, so that whoever waited for an answer ends; a thread without work ends soon."""
    monkeypatch.setattr(threads, "IDLE_S", 0.05)
    before = set(threading.enumerate())
    with web(0) as receiver:
        door = sender(("desk", f"json://127.0.0.1:{receiver.port}/?rto=15", ChannelKind.APPRISE), limit_s=0.3)
        assert isinstance(door.send(delivery()), Unsure)
        for left in set(threading.enumerate()) - before:
            if left.name == "send":
                left.join(3)
                assert not left.is_alive()


def test_sends_one_after_the_other_share_a_thread_and_those_at_once_have_their_own() -> None:
    names: list[int] = []
    together = threading.Barrier(3)
    some = threads.Threads("some")

    def alone() -> None:
        names.append(threading.get_ident())
        done.set()

    for _ in range(5):
        done = threading.Event()
        some.run(alone)
        assert done.wait(5)
        while not some._idle:
            time.sleep(0.001)
    assert len(set(names)) == 1
    for _ in range(2):
        some.run(lambda: together.wait(5) and None)
    together.wait(5)  # or both wait for each other in vain, and this one with them


def test_a_child_begins_with_threads_of_its_own() -> None:
    some, done = threads.Threads("some"), threading.Event()
    some.run(done.set)
    assert done.wait(5)
    while not some._idle:
        time.sleep(0.001)
    child = os.fork()
    if not child:
        again = threading.Event()
        some.run(again.set)
        os._exit(0 if again.wait(5) else 1)
    assert os.waitpid(child, 0)[1] == 0


def test_a_thread_that_is_taken_as_it_ends_does_what_it_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "IDLE_S", 0.0)
    some, done = threads.Threads("some"), Counter[int]()
    for at in range(500):
        some.run(lambda at=at: done.update([at]))  # type: ignore[misc]
        time.sleep(0.0005 * (at % 3))
    for _ in range(500):
        if len(done) == 500:
            break
        time.sleep(0.01)
    assert done == dict.fromkeys(range(500), 1)


# --- MQTT -------------------------------------------------------------------------------------------------------------


def test_a_broker_that_confirms_nothing_leaves_us_unsure_and_leaves_no_thread_behind() -> None:
    """At the plugin's own quality of service, a message that went to nobody counts as published."""
    with speaking() as port:
        receipt = sender(("desk", f"mqtt://127.0.0.1:{port}/news?rto=0.3", ChannelKind.APPRISE)).send(delivery())
        assert [thread.name for thread in threading.enumerate() if thread.name.startswith("paho")] == []
    assert isinstance(receipt, Unsure)


def test_only_the_brokers_own_address_passes_the_guard() -> None:
    """Its library also connects to itself, at 127.0.0.1: no reason to refuse a broker on the internet."""

    class Noting(Wire):
        reached: ClassVar[list[object]] = []

        def connect(self, address: object) -> None:
            self.reached.append(address)

    wire = Noting(allow_private=False)
    with speaking() as port, watched(wire):
        carrier = room.carrier_of(Channel(name="desk", url=f"mqtt://127.0.0.1:{port}/news?rto=0.3"))
        assert not isinstance(carrier, NotSent)
        carrier.carry(delivery(), wire)
    assert set(wire.reached) == {("127.0.0.1", port)}


# --- side by side -----------------------------------------------------------------------------------------------------


def test_a_channel_that_hangs_while_it_is_set_up_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    real, entered, released = room.carrier_of, threading.Event(), threading.Event()

    def slow(channel: Channel, *, limit_s: float) -> object:
        if channel.name == "slow":
            entered.set()
            released.wait(20)
        return real(channel, limit_s=limit_s)

    monkeypatch.setattr(room, "carrier_of", slow)
    with web() as receiver:
        door = sender(
            ("slow", "json://127.0.0.1:9/", ChannelKind.APPRISE),
            ("desk", f"http://127.0.0.1:{receiver.port}/", ChannelKind.WEBHOOK),
            limit_s=2.0,
        )
        told: list[Receipt] = []
        waiting = threading.Thread(target=lambda: told.append(door.send(delivery("slow"))))
        waiting.start()
        assert entered.wait(5)
        assert door.send(delivery()) == Sent()
        assert not told
        waiting.join(10)
        released.set()
    assert told == [NotSent(reason="no answer within 2 s")]


# --- secrets ----------------------------------------------------------------------------------------------------------


def _channels(port: int, mail_port: int) -> dict[str, tuple[str, str]]:
    here = f"127.0.0.1:{port}"
    return {
        "json": ("apprise", f"json://user:{CANARY}@{here}/{CANARY}?+X-Token={CANARY}"),
        "chat": ("apprise", f"mmost://{here}/{CANARY}abcdefghijklm"),
        "topic": ("apprise", f"ntfy://{CANARY}:{CANARY}@{here}/{CANARY}"),
        "room": ("apprise", f"matrix://{CANARY}@{here}/!{CANARY}?hsreq=no"),
        "post": ("apprise", f"mailto://{CANARY}:{CANARY}@127.0.0.1:{mail_port}/?from=a@example.org&to=b@example.org"),
        "hook": ("webhook", f"http://{CANARY}:{CANARY}@{here}/{CANARY}?token={CANARY}"),
    }


def _desk(folder: Path, addresses: dict[str, tuple[str, str]]) -> Path:
    (folder / "inbox").mkdir()
    (folder / "inbox" / "dam.txt").write_text(TEXT, encoding="utf-8")
    (folder / "secrets").mkdir()
    (folder / "secrets" / "hmac").write_text(f"{CANARY}-key")
    channels = []
    for name, (kind, url) in addresses.items():
        (folder / "secrets" / name).write_text(url)
        (folder / "secrets" / name).chmod(0o600)
        channel = {"name": name, "kind": kind, "url_file": f"secrets/{name}", "allow_private": True}
        channels.append(channel | ({"hmac_file": "secrets/hmac"} if kind == "webhook" else {}))
    (folder / "secrets" / "hmac").chmod(0o600)
    config = {
        "version": 1,
        "feeds": [{"name": "wire", "first_poll": "judge", "folder": "inbox"}],
        "watches": [{"name": "mali", "match": "Mali", "novelty": {"embedder": "none"}}],
        "channels": channels,
        "route": {"to": list(addresses)},
    }
    path = folder / "monitor.yaml"
    path.write_text(json.dumps(config), encoding="utf-8")
    return path


@pytest.mark.slow
def test_a_secret_of_a_channel_stands_nowhere(tmp_path: Path) -> None:
    """Not in logs at -v, on no page, in no reason, not in the database; with servers that answer, and with none."""
    with web(503) as receiver, mail("451 later") as letters:
        addresses = _channels(receiver.port, letters.port)
        addresses |= {f"{name}-gone": address for name, address in _channels(9, 9).items()}
        config = _desk(tmp_path, addresses)
        said = [
            run(config, "-v", "once", "--now", cwd=tmp_path),
            run(config, "-v", "channel", "test", *addresses, cwd=tmp_path),
            *(run_here(config, "--json", *words) for words in (("channel", "list"), ("alerts",), ("status",))),
        ]
    told = "".join(ran.out + ran.err for ran in said)
    assert '"error"' in told or "error=" in told
    assert CANARY.lower() not in told.lower()
    stored = [path for path in (tmp_path / "state").rglob("*") if path.is_file()]
    assert stored
    assert not [path for path in stored if CANARY.lower().encode() in path.read_bytes().lower()]
