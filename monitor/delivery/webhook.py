"""Webhook: alerts as CloudEvents, posted to a program of the reader's own.

In:  a channel's address and, where it has one, its key; a Delivery.
Out: one POST; what its answer means.
Not here: which addresses may be reached (wire.py watches), what an alert says as JSON (alerting/).

CloudEvents 1.0, JSON, structured mode. With a key each request is signed: HMAC-SHA256 over `timestamp.body`.
"""

import hashlib
import hmac
import http.client
import json
import ssl
import time
from base64 import b64encode
from collections.abc import Mapping
from contextlib import suppress
from typing import Final, assert_never
from urllib.parse import SplitResult, quote, unquote, urlsplit

from monitor.alerting.render import as_json
from monitor.delivery.answer import SAID_MAX, Answer
from monitor.delivery.scrub import secrets_of
from monitor.delivery.wire import Wire
from monitor.model.delivery import AnyAlert, Channel, ChannelAlert, Delivery, Digest, NotSent, Receipt, Sent, Unsure
from monitor.model.judgement import Alert, SourceAlert

SOURCE: Final = "urn:news-monitor"  # CloudEvents' `source`; with `id` it names an event
CONTENT_TYPE: Final = "application/cloudevents+json; charset=utf-8"
KEY_HEADER: Final = "X-Idempotency-Key"
TIME_HEADER: Final = "X-Monitor-Timestamp"  # seconds since 1970
SIGNATURE_HEADER: Final = "X-Monitor-Signature"  # sha256= and 64 hex digits
_NETWORK_SHARE = 2 / 3  # of the limit, for each wait on the network
_SAFE = "/:@!$&'()*+,;=~-._%?"  # stays as the operator wrote it


class Webhook:
    """One address that takes events."""

    def __init__(self, channel: Channel, *, limit_s: float) -> None:
        self._url = urlsplit(channel.url)
        self._key = channel.hmac_key
        self._timeout_s = limit_s * _NETWORK_SHARE
        host = self._url.hostname or ""
        self.secrets = (*secrets_of(channel.url, keep=frozenset({host})), *_words(channel.hmac_key))

    def carry(self, delivery: Delivery, wire: Wire) -> Receipt:
        """Post the event and read the head of the answer; its body matters only where it names a pause."""
        body = event(delivery)
        line = _connection(self._url, self._timeout_s)
        try:
            line.request("POST", _path(self._url), body=body, headers=self._headers(delivery, body))
            answer = line.getresponse()
            if wire.answers[-1].is_refusal:
                with suppress(OSError, http.client.HTTPException):  # the refusal stands, whatever comes with it
                    answer.read1(SAID_MAX)
        except http.client.HTTPException as exc:
            reason = f"no answer that can be read: {type(exc).__name__}"
            return Unsure(reason=reason) if wire.has_begun else NotSent(reason=reason)
        finally:
            line.close()
        return _receipt(wire.answers[-1])

    def _headers(self, delivery: Delivery, body: bytes) -> dict[str, str]:
        headers = {"Content-Type": CONTENT_TYPE, "User-Agent": "news-monitor", KEY_HEADER: delivery.key}
        if self._url.username is not None:
            headers["Authorization"] = _basic(self._url)
        if self._key is not None:
            headers |= signed(body, self._key, now_s=int(time.time()))
        return headers


def event(delivery: Delivery) -> bytes:
    """Return the event as JSON: equal deliveries give equal bytes, so a retry is the same event."""
    alert = delivery.alert
    told = {
        "specversion": "1.0",
        "id": delivery.key,
        "source": SOURCE,
        "type": f"org.news-monitor.{_kind(alert)}.v1",
        "subject": delivery.root,
        "time": alert.created.isoformat(),
        "datacontenttype": "application/json",
        "data": as_json(alert),
    }
    return json.dumps(told, ensure_ascii=False).encode("utf-8", "replace")


def signed(body: bytes, key: bytes, *, now_s: int) -> Mapping[str, str]:
    """Return the headers by which a receiver knows who wrote the body, and when."""
    digest = hmac.new(key, b"%d." % now_s + body, hashlib.sha256).hexdigest()
    return {TIME_HEADER: str(now_s), SIGNATURE_HEADER: f"sha256={digest}"}


def _kind(alert: AnyAlert) -> str:
    match alert:
        case Alert():
            return "development"
        case SourceAlert():
            return "source-alert"
        case ChannelAlert():
            return "channel-alert"
        case Digest():
            return "digest"
        case _:
            assert_never(alert)


def _connection(url: SplitResult, timeout_s: float) -> http.client.HTTPConnection:
    host = url.hostname or ""
    if url.scheme == "https":
        return http.client.HTTPSConnection(host, url.port, timeout=timeout_s, context=ssl.create_default_context())
    return http.client.HTTPConnection(host, url.port, timeout=timeout_s)


def _path(url: SplitResult) -> str:
    path = quote(url.path or "/", safe=_SAFE)
    return f"{path}?{quote(url.query, safe=_SAFE)}" if url.query else path


def _basic(url: SplitResult) -> str:
    pair = f"{unquote(url.username or '')}:{unquote(url.password or '')}"
    return f"Basic {b64encode(pair.encode()).decode()}"


def _receipt(answer: Answer) -> Receipt:
    if not answer.is_refusal:
        return Sent()
    reason = f"the channel answered {answer.status}"
    return NotSent(reason=reason, permanent=answer.is_permanent, retry_after=answer.retry_after())


def _words(key: bytes | None) -> tuple[str, ...]:
    return (key.decode("utf-8", "replace"),) if key else ()
