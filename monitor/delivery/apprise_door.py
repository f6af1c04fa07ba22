"""The Apprise door: speaks to every channel that Apprise knows. The only module that imports Apprise.

In:  channels with their URLs; one Delivery at a time.
Out: a Receipt, without secrets in its reason.
Not here: retries and pacing (the outbox), the words (alerting/). Import this module when there is something to send:
loading Apprise takes longer than everything else at start.
"""

import contextvars
import copy
import re
import smtplib
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC
from typing import Any, cast

from monitor.alerting.render import CHAT_LIMIT, Message, as_chat, as_text
from monitor.delivery.mail import Envelope, compose, converse, failed
from monitor.delivery.scrub import scrub, secrets_of
from monitor.delivery.wire import PrivateAddressError, Wire, watched
from monitor.model.delivery import Channel, Delivery, NotSent, Receipt, Sent, Unsure

with warnings.catch_warnings():  # its optional parts import modules that Python is about to drop
    warnings.simplefilter("ignore", DeprecationWarning)
    from apprise import Apprise, AppriseAsset, NotifyFormat
    from apprise.common import OverflowMode
    from apprise.exception import AppriseException
    from apprise.plugins.base import NotifyBase
    from apprise.plugins.email import NotifyEmail
    from apprise.plugins.email.smtp import AppriseSMTPController

SEND_LIMIT_S = 30.0
_NETWORK_SHARE = 2 / 3  # of the limit, for each wait on the network: the library should give up before we do
_QUIT_LIMIT_S = 2.0  # the letter is handed over; a server that does not say goodbye is not waited for
_KEYED = frozenset({"json", "jsons", "form", "forms", "xml", "xmls"})  # webhooks: the receiver may drop what it has
_STATUS = re.compile(r"error\s*=\s*(\d{3})\b")
_CONNECTION = re.compile(r"connection error|i/o error|timed? ?out", re.IGNORECASE)
_ASK_AGAIN = frozenset({408, 409, 423, 425, 429})  # of the 4xx; RFC 9110 and 6585


class AppriseSender:
    """Sends through Apprise: one long-lived instance a channel, its own throttle off, no redirects followed."""

    def __init__(self, channels: Sequence[Channel], *, limit_s: float = SEND_LIMIT_S) -> None:
        """Take the channels; nothing is loaded or checked before the first send.

        limit_s: how long one send may take, seconds.
        """
        self._channels = {channel.name: channel for channel in channels}
        self._limit_s = limit_s
        self._plugins: dict[str, NotifyBase] = {}
        self._loading = threading.Lock()

    def send(self, delivery: Delivery) -> Receipt:
        """Send and say what became of it, within the limit."""
        channel = self._channels.get(delivery.channel)
        if channel is None:
            return NotSent(reason=f"no channel is called {delivery.channel}", permanent=True)
        loaded = self._plugin(channel)
        if isinstance(loaded, NotSent):
            return loaded
        wire = Wire(allow_private=channel.allow_private)
        receipt = _within(self._limit_s, loaded, delivery, wire)
        return _scrubbed(receipt, secrets_of(channel.url, keep=_open_parts(loaded)))

    def _plugin(self, channel: Channel) -> NotifyBase | NotSent:
        with self._loading:
            if channel.name not in self._plugins:
                loaded = _load(channel.url, limit_s=self._limit_s)
                if isinstance(loaded, str):
                    return NotSent(reason=f"channel {channel.name}: {loaded}", permanent=True)
                self._plugins[channel.name] = loaded
            return self._plugins[channel.name]


def check_channel_url(url: str) -> str | None:
    """Return what is wrong with a channel's URL, as a sentence without its secrets, or None."""
    loaded = _load(url, limit_s=SEND_LIMIT_S)
    return loaded if isinstance(loaded, str) else None


class StoryMail(NotifyEmail):  # type: ignore[no-untyped-call]  # a hook of Apprise's, without types
    """Apprise's e-mail service with our letter: its URLs, providers, TLS and login; our headers, parts and receipts."""

    def carry(self, delivery: Delivery, wire: Wire) -> Receipt:
        """Hand the delivery to the mail server."""
        envelope = self._envelope()
        letter = compose(delivery, envelope)
        try:
            with self._connected() as smtp:
                return converse(smtp, envelope, letter, wire=wire)
        except PrivateAddressError:
            raise
        except (OSError, AppriseException, RuntimeError) as exc:  # smtplib's errors are OSErrors
            return failed(exc)

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        """Open Apprise's SMTP connection, and do not wait long for its goodbye."""
        controller: Any = AppriseSMTPController(
            host=self.smtp_host,
            port=self.port or 0,
            secure_mode=self.secure_mode or "",
            user=self.user,
            password=self.password,
            verify_certificate=self.verify_certificate,
            socket_connect_timeout=self.socket_connect_timeout,
        )
        with controller:
            smtp: smtplib.SMTP = controller._socket  # noqa: SLF001 - its own sendmail() hides the server's answers
            yield smtp
            if smtp.sock is not None:
                smtp.sock.settimeout(_QUIT_LIMIT_S)

    def _envelope(self) -> Envelope:
        name, address = self.from_addr
        return Envelope(
            sender=(str(name or ""), str(address)),
            to=tuple((str(name or ""), address) for name, address in self.targets),
            cc=tuple(sorted(self.cc)),
            bcc=tuple(sorted(self.bcc)),
            reply_to=tuple(sorted(self.reply_to)),
            headers=dict(self.headers),
        )


def _load(url: str, *, limit_s: float) -> NotifyBase | str:
    """Return the channel's plugin, set up our way, or what is wrong with its URL."""
    wire = Wire(allow_private=False)  # nothing is reached yet
    with watched(wire):
        plugin = Apprise.instantiate(url, asset=_asset())
        if type(plugin) is NotifyEmail:
            plugin = _story_mail(url)
    if plugin is None:
        detail = scrub("; ".join(wire.complaints), secrets_of(url))
        return f"Apprise cannot use this URL: {detail or 'unknown service'}"
    if getattr(plugin, "pgp_mode", "no") != "no":
        return "encrypted or signed mail (pgp=, wkd=) is not supported"
    plugin.request_rate_per_sec = 0  # pacing is the outbox's
    plugin.overflow_mode = OverflowMode.UPSTREAM  # a split message would be sent again in parts
    plugin.redirects = False
    plugin.retry = 0
    if "rto=" not in url:
        plugin.socket_read_timeout = limit_s * _NETWORK_SHARE
    if isinstance(plugin, StoryMail) and "cto=" not in url:
        plugin.socket_connect_timeout = max(1, round(limit_s * _NETWORK_SHARE))  # Apprise uses it for the whole talk
    return plugin


def _story_mail(url: str) -> StoryMail:
    mail: Any = StoryMail
    return cast("StoryMail", mail(**mail.parse_url(url), asset=_asset()))


def _asset() -> AppriseAsset:
    """Return settings under which Apprise adds nothing of its own: no pictures from elsewhere, no files."""
    return AppriseAsset(
        app_id="news-monitor",
        app_desc="news-monitor",
        app_url="",
        image_url_mask="",
        image_url_logo="",
        http_redirects=False,
        interpret_escapes=False,
        interpret_emojis=False,
        allow_templates=False,
        pgp_autogen=False,
        pem_autogen=False,
        storage_mode="memory",
        timezone=UTC,
    )


def _within(limit_s: float, plugin: NotifyBase, delivery: Delivery, wire: Wire) -> Receipt:
    """Run one send in a thread of its own and wait no longer than the limit.

    A thread cannot be killed; one that is given up ends with its own network time-out, and can no longer begin.
    """
    box: list[Receipt] = []
    context = contextvars.copy_context()
    thread = threading.Thread(
        target=lambda: box.append(context.run(_attempt, plugin, delivery, wire)), name="monitor-send", daemon=True
    )
    thread.start()
    thread.join(limit_s)
    if box:
        return box[0]
    may_have_arrived = wire.give_up()
    reason = f"no answer within {limit_s:g} s"
    return Unsure(reason=reason) if may_have_arrived else NotSent(reason=reason)


def _attempt(plugin: NotifyBase, delivery: Delivery, wire: Wire) -> Receipt:
    """Send once. The wall around a library of 130 services: what it raises is told, never lost."""
    try:
        with watched(wire):
            if isinstance(plugin, StoryMail):
                return plugin.carry(delivery, wire)
            message = _message(plugin, delivery)
            ready = _keyed(plugin, delivery.key)
            is_taken = ready.notify(title=message.title, body=message.body, body_format=NotifyFormat.TEXT)
    except PrivateAddressError:
        return _blocked(delivery, wire)
    except Exception as exc:  # noqa: BLE001 - the wall: a plugin may raise anything
        reason = f"{type(exc).__name__}: {exc}"
        return Unsure(reason=reason) if wire.has_begun else NotSent(reason=reason)
    return Sent() if is_taken else _refused(delivery, wire)


def _message(plugin: NotifyBase, delivery: Delivery) -> Message:
    """Return the words in the size of the channel; a webhook gets the whole text."""
    if plugin.schema in _KEYED:
        return as_text(delivery.alert)
    title_limit = plugin.title_maxlen if plugin.title_maxlen > 0 else plugin.body_maxlen
    return as_chat(delivery.alert, limit=min(CHAT_LIMIT, plugin.body_maxlen), title_limit=title_limit)


def _keyed(plugin: NotifyBase, key: str) -> NotifyBase:
    """Return a webhook's plugin with this delivery's key among its headers; a copy, as sends run side by side."""
    if plugin.schema not in _KEYED:
        return plugin
    keyed: Any = copy.copy(plugin)
    keyed.headers = {**keyed.headers, "X-Idempotency-Key": key}
    return cast("NotifyBase", keyed)


def _blocked(delivery: Delivery, wire: Wire) -> NotSent:
    advice = "set allow_private: true for this channel to allow it"
    return NotSent(reason=f"channel {delivery.channel}: {wire.refused}; {advice}", permanent=True)


def _refused(delivery: Delivery, wire: Wire) -> Receipt:
    """Return what a plain failure of Apprise means, from what was seen on the wire and from its warnings."""
    if wire.refused:
        return _blocked(delivery, wire)
    complaint = "; ".join(wire.complaints)
    found = _STATUS.findall(complaint)
    if found:
        status = int(found[-1])
        return NotSent(reason=f"the channel answered {status}", permanent=_is_permanent(status))
    if not wire.has_begun:
        return NotSent(reason=complaint or "the channel could not be reached")
    if not complaint or _CONNECTION.search(complaint):
        return Unsure(reason=complaint or "no answer")
    return NotSent(reason=complaint)


def _is_permanent(status: int) -> bool:
    """Say whether asking again cannot help: redirects (not followed) and refusals, but no pacing or server fault."""
    return 300 <= status < 500 and status not in _ASK_AGAIN


def _open_parts(plugin: NotifyBase) -> frozenset[str]:
    """Return the parts of the URL that are no secret: the host, where the service truly has one."""
    return frozenset({str(plugin.host)}) if "host" in plugin.template_tokens and plugin.host else frozenset()


def _scrubbed(receipt: Receipt, secrets: tuple[str, ...]) -> Receipt:
    if isinstance(receipt, NotSent):
        return NotSent(reason=scrub(receipt.reason, secrets), permanent=receipt.permanent)
    return Unsure(reason=scrub(receipt.reason, secrets)) if isinstance(receipt, Unsure) else receipt
