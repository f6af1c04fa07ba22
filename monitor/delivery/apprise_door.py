"""The Apprise door: speaks to every channel that Apprise knows. The only module that imports Apprise.

In:  a channel with its URL; one Delivery at a time.
Out: a carrier that says what became of each; what a URL means, for people.
Not here: retries and pacing (the outbox), the time limit (bounded.py), the words (alerting/). Import this module when
there is something to send: loading Apprise takes longer than everything else at start.
"""

import copy
import re
import sys
import warnings
from collections import OrderedDict
from contextvars import Context, ContextVar
from dataclasses import dataclass
from datetime import UTC
from functools import partial
from typing import Any, Final, cast
from urllib.parse import quote

from monitor.alerting.formats import Format, Message, render
from monitor.alerting.render import CHAT_LIMIT, as_text
from monitor.delivery.mail import Envelope, compose
from monitor.delivery.post import Post
from monitor.delivery.scrub import scrub, secrets_of
from monitor.delivery.urgency import severity_of
from monitor.delivery.wire import Wire, watched
from monitor.model.delivery import AnyAlert, Channel, Delivery, NotSent, Receipt, Sent, Unsure
from monitor.model.judgement import Severity

with warnings.catch_warnings():  # its optional parts import modules that Python is about to drop
    warnings.simplefilter("ignore", DeprecationWarning)
    from apprise import Apprise, AppriseAsset, NotifyFormat
    from apprise.common import OverflowMode
    from apprise.manager_plugins import NotificationManager
    from apprise.plugins.base import NotifyBase, _delivery_tracker
    from apprise.plugins.email import NotifyEmail
    from apprise.plugins.email.smtp import AppriseSMTPController
    from apprise.plugins.matrix.base import MatrixWebhookMode, NotifyMatrix
    from apprise.plugins.mqtt import NotifyMQTT

_NETWORK_SHARE = 2 / 3  # of the limit, for each wait on the network: the library should give up before we do
_KEYED = frozenset({"jsons", "forms", "xmls"})  # webhooks: the receiver may drop what it has
# How plugins say that what came with an answer could not be read, and that nobody was there.
_CUT = re.compile(r"connection error|i/o error|timed? ?out", re.IGNORECASE)
_UNREACHED = re.compile(r"refused|unreachable|could not connect|failed to connect|resolve", re.IGNORECASE)
_LONGER_THAN_A_SEND_S: Final = 3_600
_HALF_TAKEN_MAX: Final = 1_000  # messages of a channel that not all of its targets took; a claim brings a hundred
_MATRIX_EVENT = re.compile(r"(/rooms/[^/]+/send/[^/]+/)[^/]+\Z")
# What services call urgent; NORMAL stays what the URL says. Pushover's highest wants somebody to confirm it.
_PRIORITIES: Final[dict[str, dict[Severity, str | int]]] = {
    "ntfys": {Severity.LOW: "low", Severity.HIGH: "high", Severity.CRITICAL: "max"},
    "gotifys": {Severity.LOW: 1, Severity.HIGH: 8, Severity.CRITICAL: 10},
    "pover": {Severity.LOW: -1, Severity.HIGH: 1, Severity.CRITICAL: 1},
}
# Services whose markup we write ourselves, and what Apprise calls a body that it is to leave alone.
_MARKUPS: Final = {
    "tgram": (Format.TELEGRAM_HTML, NotifyFormat.HTML),
    "slack": (Format.SLACK, NotifyFormat.MARKDOWN),
    "discord": (Format.DISCORD, NotifyFormat.TEXT),
    "matrixs": (Format.MATRIX_HTML, NotifyFormat.HTML),
    "gchat": (Format.GOOGLE_CHAT, NotifyFormat.MARKDOWN),
    "mmosts": (Format.MARKDOWN, NotifyFormat.TEXT),
    "rockets": (Format.MARKDOWN, NotifyFormat.MARKDOWN),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What an Apprise URL stands for."""

    name: str  # of the service, as Apprise calls it
    format: str  # of the messages that it is given


def apprise_carrier(channel: Channel, *, limit_s: float) -> "MailCarrier | PluginCarrier | NotSent":
    """Return what speaks to the channel, or why nothing can."""
    loaded = _load(channel.url, limit_s=limit_s)
    if isinstance(loaded, str):
        return NotSent(reason=loaded)
    secrets = secrets_of(channel.url, keep=_open_parts(loaded))
    return (
        MailCarrier(loaded, secrets)
        if isinstance(loaded, NotifyEmail)
        else PluginCarrier(loaded, secrets, takes_priority="priority=" not in channel.url)
    )


def service_of(channel: Channel) -> Service | str:
    """Return what the channel's URL stands for, or what is wrong with it."""
    loaded = _load(channel.url, limit_s=1.0)
    if isinstance(loaded, str):
        return loaded
    return Service(name=str(loaded.service_name), format=_format_name(loaded))


class MailCarrier:
    """Apprise's e-mail service with our letter: its URLs, providers, TLS and login; our headers, parts and receipts."""

    def __init__(self, plugin: NotifyEmail, secrets: tuple[str, ...]) -> None:
        self.secrets = secrets
        name, address = plugin.from_addr
        self._envelope = Envelope(
            sender=(str(name or ""), str(address)),
            to=tuple((str(name or ""), address) for name, address in plugin.targets),
            cc=tuple(sorted(plugin.cc)),
            bcc=tuple(sorted(plugin.bcc)),
            reply_to=tuple(sorted(plugin.reply_to)),
            headers=dict(plugin.headers),
        )
        self._post = Post(lambda: _mail_server(plugin))

    def carry(self, delivery: Delivery, wire: Wire) -> Receipt:
        """Hand the delivery to the mail server."""
        return self._post.hand_over(self._envelope, compose(delivery, self._envelope), wire)


class PluginCarrier:
    """Any other service: Apprise's plugin with our words in its own markup, told apart by what its server answers."""

    def __init__(self, plugin: NotifyBase, secrets: tuple[str, ...], *, takes_priority: bool) -> None:
        """Take the plugin.

        takes_priority: whether the alert's severity may choose the service's priority.
        """
        self.secrets = secrets
        self._plugin = plugin
        self._takes_priority = takes_priority
        self._took: OrderedDict[str, set[Any]] = OrderedDict()  # by key: targets that have what others lack
        self._speaks_web = any(hasattr(sys.modules[kind.__module__], "requests") for kind in type(plugin).__mro__)

    def carry(self, delivery: Delivery, wire: Wire) -> Receipt:
        """Hand the delivery to the service."""
        wire.is_blind = not self._speaks_web
        ready = _keyed(self._plugin, delivery.key)
        ready = _with_priority(ready, delivery.alert) if self._takes_priority else ready
        tokens = _key.set(delivery.key), _delivery_tracker.set(self._having(delivery.key))
        try:
            receipt = self._handed_over(ready, delivery.alert, wire)
        finally:
            _key.reset(tokens[0])
            _delivery_tracker.reset(tokens[1])
        if isinstance(receipt, Sent):
            self._took.pop(delivery.key, None)
        return receipt

    def _having(self, key: str) -> set[Any]:
        """Return which of several targets have the message already: Apprise's plugins leave them out, and add to it."""
        if key not in self._took and len(self._took) >= _HALF_TAKEN_MAX:
            self._took.popitem(last=False)
        return self._took.setdefault(key, set())

    def _handed_over(self, ready: NotifyBase, alert: AnyAlert, wire: Wire) -> Receipt:
        """Give the words in the service's markup; where it refuses that, once without, and that word stands."""
        if _format(ready) is Format.TEXT:
            return Sent() if _give_plain(ready, alert) else refused(wire)
        if _give_marked_up(ready, alert):
            return Sent()
        receipt = refused(wire)
        if not (isinstance(receipt, NotSent) and wire.answers and wire.answers[-1].may_be_markup):
            return receipt
        wire.forget()
        return Sent(note="without markup") if _give_plain(ready, alert) else refused(wire)


def _give_marked_up(plugin: NotifyBase, alert: AnyAlert) -> bool:
    """Hand over a message that is complete and escaped: past Apprise's own conversions, which `notify` makes."""
    form, called = _MARKUPS[_service(plugin)]
    message = render(alert, form, limit=_limit(plugin), title_limit=0)
    token = _plain.set(render(alert, Format.TEXT, limit=_limit(plugin), title_limit=0).body)
    try:
        return bool(plugin.send(body=message.body, title="", body_format=called, body_passthrough=False))
    finally:
        _plain.reset(token)


def _give_plain(plugin: NotifyBase, alert: AnyAlert) -> bool:
    """Hand over words without markup, which Apprise escapes where a service would read some into them."""
    message = _message(plugin, alert)
    return bool(plugin.notify(title=message.title, body=message.body, body_format=NotifyFormat.TEXT))


def _format(plugin: NotifyBase) -> Format:
    """Return the markup that the service is given: our own, unless its URL asks for another."""
    form, called = _MARKUPS.get(_service(plugin), (Format.TEXT, NotifyFormat.TEXT))
    is_bridge = isinstance(plugin, NotifyMatrix) and plugin.mode != MatrixWebhookMode.DISABLED
    is_ours = called not in (NotifyFormat.HTML, NotifyFormat.MARKDOWN) or plugin.resolve_format(called) == called
    return form if is_ours and not is_bridge else Format.TEXT


_key: ContextVar[str] = ContextVar("monitor_delivery_key", default="")
_plain: ContextVar[str] = ContextVar("monitor_delivery_plain", default="")


class KeyedMatrix(NotifyMatrix):  # type: ignore[no-untyped-call]  # a hook of Apprise's, without types
    """Apprise's Matrix service with our transaction id: a retry under the same token is the same event."""

    default_retries = 1  # the outbox asks again

    def _fetch(self, path: str, *args: Any, **kwargs: Any) -> Any:
        """Send a request; an event goes under the delivery's key (client-server API, transaction identifiers)."""
        if kwargs.get("method") == "PUT":
            path = _MATRIX_EVENT.sub(lambda found: found[1] + quote(_key.get(), safe=""), path)
        return super()._fetch(path, *args, **kwargs)  # type: ignore[no-untyped-call]

    def _matrix_plain_fallback(self, body: str, *args: Any) -> str:
        """Return what clients show that show no HTML: our own plain text, where the body is our own HTML."""
        return _plain.get() or body


class SettledMqtt(NotifyMQTT):  # type: ignore[no-untyped-call]
    """Apprise's MQTT service with the broker's word for each message, and a connection for each.

    Its usual quality of service, 0, counts a message as published once it left, though nobody may have been there. And
    a connection that is kept is opened anew by a thread of its library's, past the guard, to bring what the outbox has
    sent again since.
    """

    def __init__(self, **given: Any) -> None:
        self._given = {"qos": 1} | given
        super().__init__(**self._given)  # type: ignore[no-untyped-call]

    def send(self, *args: Any, **kwargs: Any) -> bool:
        """Publish, through a plugin that closes its connection as it goes out of sight."""
        once: Any = NotifyMQTT(**self._given)  # type: ignore[no-untyped-call]
        once.socket_read_timeout, once.throttle = self.socket_read_timeout, _no_pause
        once.client.reconnect_delay_set(_LONGER_THAN_A_SEND_S, _LONGER_THAN_A_SEND_S)
        # Its thread is woken through a connection of its own to 127.0.0.1, which is nobody's address but ours.
        once.client.loop_start = partial(Context().run, once.client.loop_start)
        return bool(once.send(*args, **kwargs))


def refused(wire: Wire) -> Receipt:
    """Return what a plain failure of Apprise means, from what was seen on the wire and from its warnings."""
    complaint = "; ".join(wire.complaints)
    if wire.is_unanswered:
        return Unsure(reason=complaint or "no answer")
    last = next((each for each in reversed(wire.answers) if each.is_refusal), None)
    if last is not None:
        reason = f"the channel answered {last.status}"
        return NotSent(reason=reason, permanent=last.is_permanent, retry_after=last.retry_after())
    if wire.may_have_arrived and (_CUT.search(complaint) if wire.answers else not _UNREACHED.search(complaint)):
        return Unsure(reason=complaint or "no answer")
    return NotSent(reason=complaint or "the channel could not be reached")


_OURS: Final[dict[type, type]] = {NotifyMatrix: KeyedMatrix, NotifyMQTT: SettledMqtt}


def _load(url: str, *, limit_s: float) -> NotifyBase | str:
    """Return the channel's plugin, set up our way, or what is wrong with its URL."""
    wire = Wire(allow_private=False)  # nothing is reached yet
    with watched(wire):
        plugin = Apprise.instantiate(url, asset=_asset())
        if type(plugin) in _OURS:
            plugin = _as(_OURS[type(plugin)], url)
    if plugin is None and (lack := _lack(url)):
        return lack
    if plugin is None:
        detail = scrub("; ".join(wire.complaints), secrets_of(url))
        return f"Apprise cannot use this URL: {detail or 'unknown service'}"
    if getattr(plugin, "pgp_mode", "no") != "no":
        return "encrypted or signed mail (pgp=, wkd=) is not supported"
    plugin.request_rate_per_sec = 0  # pacing is the outbox's
    plugin.throttle = _no_pause  # type: ignore[method-assign]  # also where a server names a pause: that is the outbox's too
    plugin.overflow_mode = OverflowMode.UPSTREAM  # a split message would be sent again in parts
    plugin.redirects = False
    plugin.retry = 0
    if "rto=" not in url:
        plugin.socket_read_timeout = limit_s * _NETWORK_SHARE
    if isinstance(plugin, NotifyEmail) and "cto=" not in url:
        plugin.socket_connect_timeout = max(1, round(limit_s * _NETWORK_SHARE))  # Apprise uses it for the whole talk
    return plugin


def _lack(url: str) -> str | None:
    """Return what this machine lacks for the URL's service, if that is what is wrong."""
    schema, services = url.partition("://")[0].lower(), cast("Any", NotificationManager)()
    if schema not in services or services[schema].enabled:
        return None
    service = services[schema]
    wanted = service.requirements.get("packages_required") or ()
    packages = ", ".join([wanted] if isinstance(wanted, str) else wanted)
    if packages:
        return f"{schema}:// needs a package that is not installed: {packages}"
    return (
        f"{schema}:// cannot be used on this machine: {service.requirements.get('details') or 'it lacks what it needs'}"
    )


def _no_pause(*_args: object, **_kwargs: object) -> None:
    """Wait for nothing."""


def _as(kind: Any, url: str) -> NotifyBase:
    """Return the URL's service as a class of ours."""
    return cast("NotifyBase", kind(**kind.parse_url(url), asset=_asset()))


def _mail_server(plugin: NotifyEmail) -> Any:
    """Return Apprise's connection to the mail server, not yet open."""
    return AppriseSMTPController(
        host=plugin.smtp_host,
        port=plugin.port or 0,
        secure_mode=plugin.secure_mode or "",
        user=plugin.user,
        password=plugin.password,
        verify_certificate=plugin.verify_certificate,
        socket_connect_timeout=plugin.socket_connect_timeout,
    )


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


def _message(plugin: NotifyBase, alert: AnyAlert) -> Message:
    """Return the words in the size of the channel; a webhook gets the whole text."""
    if _service(plugin) in _KEYED:
        return as_text(alert)
    return render(alert, Format.TEXT, limit=_limit(plugin), title_limit=max(0, plugin.title_maxlen))


def _service(plugin: NotifyBase) -> str:
    """Return a service's secure schema, by which it is known here: `schema` itself is overwritten by some plugins."""
    secure: Any = plugin.secure_protocol
    return str(secure[0] if secure and not isinstance(secure, str) else secure)


def _limit(plugin: NotifyBase) -> int:
    return min(CHAT_LIMIT, int(plugin.body_maxlen))


def _format_name(plugin: NotifyBase) -> str:
    return "text and HTML" if isinstance(plugin, NotifyEmail) else _format(plugin).replace("_", " ")


def _keyed(plugin: NotifyBase, key: str) -> NotifyBase:
    """Return a webhook's plugin with this delivery's key among its headers; a copy, as sends run side by side."""
    if _service(plugin) not in _KEYED:
        return plugin
    keyed: Any = copy.copy(plugin)
    keyed.headers = {**keyed.headers, "X-Idempotency-Key": key}
    return cast("NotifyBase", keyed)


def _with_priority(plugin: NotifyBase, alert: AnyAlert) -> NotifyBase:
    """Return the plugin with the alert's severity in the service's own terms, where it has some."""
    priority = _PRIORITIES.get(_service(plugin), {}).get(severity_of(alert))
    if priority is None:
        return plugin
    urgent: Any = copy.copy(plugin)
    urgent.priority = priority
    return cast("NotifyBase", urgent)


def _open_parts(plugin: NotifyBase) -> frozenset[str]:
    """Return the parts of the URL that are no secret: the host, where the service truly has one."""
    return frozenset({str(plugin.host)}) if "host" in plugin.template_tokens and plugin.host else frozenset()
