"""A webhook gets CloudEvents, signed where it has a key, and its answers are believed."""

import hashlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from alert_samples import URL, alert
from receivers import web
from sites import Reply, site
from source_samples import source_alert

from monitor.delivery.channels import ChannelSender
from monitor.model.delivery import AnyAlert, Channel, ChannelKind, Delivery, NotSent, Receipt, Sent, Unsure

KEY = b"c4n4ry-signing-key"


def delivery(of: AnyAlert | None = None) -> Delivery:
    chosen = of or alert()
    return Delivery(key=f"{chosen.id}.hook", alert=chosen, channel="hook", attempts=0, token="t1", root="7f3a01")


def hook(url: str, *, key: bytes | None = None, allow_private: bool = True) -> Channel:
    return Channel(name="hook", url=url, kind=ChannelKind.WEBHOOK, hmac_key=key, allow_private=allow_private)


def post(url: str, *, limit_s: float = 10.0, **more: object) -> Receipt:
    return ChannelSender([hook(url, **more)], limit_s=limit_s).send(delivery())  # type: ignore[arg-type]


@contextmanager
def raw(answer: bytes, *, drip_s: float = 0.0, stays: bool = False) -> Iterator[int]:
    """A port that gives these bytes for a request, at once or one each `drip_s`; it resets the line, or `stays`."""
    done = threading.Event()

    def serve(door: socket.socket) -> None:
        line, _ = door.accept()
        with line:
            line.recv(65_536)
            for piece in [answer] if not drip_s else [answer[n : n + 1] for n in range(len(answer))]:
                try:
                    line.sendall(piece)
                except OSError:
                    return
                if drip_s and done.wait(drip_s):
                    return
            if stays:
                done.wait(20)
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # closes with a reset

    with socket.create_server(("127.0.0.1", 0)) as door:
        thread = threading.Thread(target=serve, args=(door,), daemon=True)
        thread.start()
        try:
            yield door.getsockname()[1]
        finally:
            done.set()
            thread.join(5)


def test_an_event_is_a_cloudevent_in_structured_mode_with_the_delivery_key() -> None:
    with web() as receiver:
        assert post(f"http://127.0.0.1:{receiver.port}/in?team=desk") == Sent()
    [(path, headers, body)] = receiver.requests
    told = json.loads(body)
    assert path == "/in?team=desk"
    assert headers["Content-Type"] == "application/cloudevents+json; charset=utf-8"
    assert headers["X-Idempotency-Key"] == told["id"] == f"{alert().id}.hook"
    assert (told["specversion"], told["type"]) == ("1.0", "org.news-monitor.development.v1")
    assert (told["source"], told["subject"]) == ("urn:news-monitor", "7f3a01")
    assert datetime.fromisoformat(told["time"]) == alert().created
    assert (told["data"]["id"], told["data"]["url"]) == (alert().id, URL)
    assert "X-Monitor-Signature" not in headers


def test_an_alert_of_a_source_has_a_type_of_its_own() -> None:
    with web() as receiver:
        door = ChannelSender([hook(f"http://127.0.0.1:{receiver.port}/")])
        assert door.send(delivery(source_alert())) == Sent()
    assert json.loads(receiver.requests[0][2])["type"] == "org.news-monitor.source-alert.v1"


def test_a_signature_is_verified_as_the_documentation_says() -> None:
    with web() as receiver:
        assert post(f"http://127.0.0.1:{receiver.port}/", key=KEY) == Sent()
    [(_, headers, body)] = receiver.requests
    stamp = headers["X-Monitor-Timestamp"]
    assert abs(time.time() - int(stamp)) < 60
    wanted = hmac.new(KEY, stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    assert hmac.compare_digest(headers["X-Monitor-Signature"], f"sha256={wanted}")


def test_a_retry_is_the_same_event() -> None:
    with web(503, 200) as receiver:
        door = ChannelSender([hook(f"http://127.0.0.1:{receiver.port}/")])
        assert door.send(delivery()) == NotSent(reason="the channel answered 503")
        assert door.send(delivery()) == Sent()
    [first, second] = receiver.requests
    assert first[2] == second[2]


def test_user_and_password_of_the_address_become_a_header() -> None:
    with web() as receiver:
        assert post(f"http://us%65r:p%40ss@127.0.0.1:{receiver.port}/") == Sent()
    assert receiver.requests[0][1]["Authorization"] == "Basic dXNlcjpwQHNz"


@pytest.mark.parametrize(
    ("status", "permanent"),
    [(400, True), (422, True), (404, False), (410, False), (302, False), (500, False), (408, False)],
)
def test_a_status_tells_whether_asking_again_can_help(status: int, permanent: bool) -> None:
    with web() as elsewhere, web(status, location=f"http://127.0.0.1:{elsewhere.port}/") as receiver:
        receipt = post(f"http://127.0.0.1:{receiver.port}/")
    assert receipt == NotSent(reason=f"the channel answered {status}", permanent=permanent)
    assert elsewhere.requests == []


@pytest.mark.parametrize(
    ("headers", "body", "wait"),
    [
        ({"Retry-After": "120"}, b"", 120),
        ({"Retry-After": "-5"}, b"", None),
        ({"Retry-After": "99999999"}, b"", 86_400),
        ({"Retry-After": "9" * 99}, b"", 86_400),
        ({"Retry-After": "Fri, 31 Dec 9999 23:59:59 GMT"}, b"", 86_400),
        ({"Retry-After": "Sun, 06 Nov 1994 08:49:37 GMT"}, b"", 0),
        ({"Retry-After": f"Fri, 31 Dec 2060 23:59:59 +{'9' * 20}"}, b"", None),
        ({}, b'{"message": "slow down", "retry_after": 1.5}', 1.5),
        ({}, b'{"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 2500}', 2.5),
        ({}, b'{"ok":false,"parameters":{"retry_after":35}}', 35),
        ({"Retry-After": "soon"}, b"", None),
    ],
)
@pytest.mark.parametrize("kind", list(ChannelKind)[:2])
def test_a_pause_that_the_receiver_asks_for_is_told(
    kind: ChannelKind, headers: dict[str, str], body: bytes, wait: float | None
) -> None:
    with site(lambda _: Reply(status=429, headers=headers, body=body)) as port:
        scheme = "http" if kind is ChannelKind.WEBHOOK else "json"
        channel = Channel(name="hook", url=f"{scheme}://127.0.0.1:{port}/", kind=kind, allow_private=True)
        receipt = ChannelSender([channel]).send(delivery())
    pause = None if wait is None else timedelta(seconds=wait)
    assert receipt == NotSent(reason="the channel answered 429", retry_after=pause)


def test_a_date_to_come_back_at_is_held_against_the_servers_own_clock() -> None:
    """Its clock is a year behind ours."""
    theirs = datetime(2020, 1, 1, tzinfo=UTC)
    until = format_datetime(theirs + timedelta(seconds=90), usegmt=True)
    head = f"HTTP/1.1 503 Busy\r\nDate: {format_datetime(theirs, usegmt=True)}\r\nRetry-After: {until}\r\n"
    with raw(f"{head}Content-Length: 0\r\n\r\n".encode(), stays=True) as port:
        receipt = post(f"http://127.0.0.1:{port}/")
    assert receipt == NotSent(reason="the channel answered 503", retry_after=timedelta(seconds=90))


def test_a_success_needs_no_body() -> None:
    """The head says that it was taken; a body that drips in for ever is not waited for."""
    with raw(b"HTTP/1.1 202 Accepted\r\nContent-Length: 100000000\r\n\r\n", stays=True) as port:
        assert post(f"http://127.0.0.1:{port}/") == Sent()


def test_a_head_that_drips_leaves_us_unsure_in_bounded_time() -> None:
    with raw(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 60_000, drip_s=0.05) as port:
        assert post(f"http://127.0.0.1:{port}/", limit_s=0.4) == Unsure(reason="no answer within 0.4 s")


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200", b"nonsense\r\n\r\n"])
def test_a_line_that_is_cut_or_speaks_nonsense_leaves_us_unsure(answer: bytes) -> None:
    with raw(answer) as port:
        assert isinstance(post(f"http://127.0.0.1:{port}/"), Unsure)


def test_a_receiver_that_hangs_leaves_us_unsure() -> None:
    with web(0) as receiver:
        assert isinstance(post(f"http://127.0.0.1:{receiver.port}/", limit_s=0.4), Unsure)


def test_a_refused_connection_is_certainly_not_sent() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        receipt = post(f"http://127.0.0.1:{probe.getsockname()[1]}/")
    assert isinstance(receipt, NotSent)
    assert not receipt.permanent


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_private_address_is_refused_unless_the_channel_allows_it(host: str) -> None:
    with web() as receiver:
        receipt = post(f"http://{host}:{receiver.port}/", allow_private=False)
    assert isinstance(receipt, NotSent)
    assert not receipt.permanent
    assert receipt.reason.endswith("is a private address; set allow_private: true for this channel to allow it")
    assert receiver.requests == []


def test_an_answer_without_end_is_read_no_further_than_a_megabyte() -> None:
    """By a library, too, that reads whatever comes."""
    with site(lambda _: Reply(body=b"x" * 30_000_000)) as port:
        channel = Channel(name="hook", url=f"json://127.0.0.1:{port}/", allow_private=True)
        receipt = ChannelSender([channel], limit_s=10).send(delivery())
    assert isinstance(receipt, Unsure)
