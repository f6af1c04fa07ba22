"""Mail: the letter that an alert becomes, and the talk with a mail server.

In:  a Delivery and the addresses of a mail channel; an SMTP connection that is open and logged in.
Out: the letter, the same for every retry; a Receipt that says how far the talk came.
Not here: connecting, TLS and login (Apprise's, through apprise_door.py), the words (alerting/).
"""

import re
import smtplib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import blake2b
from typing import Final, assert_never

from monitor.alerting.escape import clean
from monitor.alerting.render import as_html, as_text
from monitor.delivery.wire import Wire
from monitor.model.delivery import AnyAlert, ChannelAlert, Delivery, Digest, NotSent, Receipt, Sent, Unsure
from monitor.model.judgement import Alert, SourceAlert

_TOKEN = re.compile(r"[A-Za-z0-9._-]{1,64}")
_HEADER_NAME = re.compile(r"[A-Za-z0-9-]{1,70}")
_OK = frozenset({250, 251, 252})
_HELD_BACK = frozenset({"bcc", "cc", "content-type", "content-transfer-encoding", "mime-version"})
_SOURCES: Final = "source-health"  # the list on which alerts of sources come
_CHANNELS: Final = "channel-health"
_DIGESTS: Final = "digests"  # of a digest without a name


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """Who writes to whom. Pairs are (display name or empty, address)."""

    sender: tuple[str, str]
    to: tuple[tuple[str, str], ...]
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    reply_to: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)  # the operator's own

    @property
    def recipients(self) -> tuple[str, ...]:
        """All addresses the server is told, each once, in order."""
        return tuple(dict.fromkeys([*(address for _, address in self.to), *self.cc, *self.bcc]))


def compose(delivery: Delivery, envelope: Envelope) -> bytes:
    """Return the letter as bytes for the wire: equal deliveries give equal bytes, so a retry is the same mail.

    Message-ID comes from the delivery's key. References and In-Reply-To name the root of the story or the
    source, an id that belongs to no mail, so that mail programs gather its mails in one thread even where the first
    one is missing.
    """
    alert = delivery.alert
    domain = envelope.sender[1].rpartition("@")[2] or "localhost"
    words = as_text(alert)
    letter = EmailMessage(policy=SMTP)
    letter["Subject"] = _header(words.title)
    letter["From"] = _address(*envelope.sender)
    letter["To"] = [_address(name, address) for name, address in envelope.to]
    if envelope.cc:
        letter["Cc"] = [_address("", address) for address in envelope.cc]
    if envelope.reply_to:
        letter["Reply-To"] = [_address("", address) for address in envelope.reply_to]
    thread, label = _thread(alert)
    root = f"<{thread}-{_token(delivery.root)}@{domain}>"
    letter["Message-ID"] = f"<{_token(delivery.key)}@{domain}>"
    letter["References"] = root
    letter["In-Reply-To"] = root
    letter["Date"] = format_datetime(alert.created)
    letter["List-Id"] = f"{_header(label)} <{_token(label)}.news-monitor.{domain}>"
    letter["Auto-Submitted"] = "auto-generated"
    letter["X-Monitor-Alert"] = _header(alert.id)
    _add_own(letter, envelope.headers)
    letter.set_content(words.body, cte="quoted-printable")
    letter.add_alternative(as_html(alert), subtype="html", cte="quoted-printable")
    if letter.is_multipart():
        letter.set_boundary(f"=_{blake2b(delivery.key.encode(), digest_size=12).hexdigest()}")
    return letter.as_bytes()


def _thread(alert: AnyAlert) -> tuple[str, str]:
    """Return what an alert's thread is about, and the list it comes on."""
    match alert:
        case Alert():
            return "story", alert.watch
        case SourceAlert():
            return "source", _SOURCES
        case ChannelAlert():
            return "channel", _CHANNELS
        case Digest():
            return ("story", alert.items[0].watch) if alert.root and alert.items else ("digest", alert.name or _DIGESTS)
        case _:
            assert_never(alert)


def converse(smtp: smtplib.SMTP, envelope: Envelope, letter: bytes, *, wire: Wire, is_used: bool = False) -> Receipt:
    """Hand the letter over and say what became of it.

    Before DATA every failure is certain: a 5xx answer to a recipient or to the letter is permanent; a 4xx one, a lost
    connection, and a server that will not talk to us at all are not: whoever runs the channel may mend those. After
    DATA only an answer is certain; without one the letter may have arrived. With several recipients a 4xx for one
    holds the letter back from all; a 5xx for one does not, and is told once the others have it.
    is_used: the connection carried a letter before. Raises SMTPServerDisconnected if it serves no longer.
    """
    try:
        smtp.ehlo_or_helo_if_needed()
        refused = _introduce(smtp, envelope)
    except (OSError, UnicodeError) as exc:  # smtplib's errors are OSErrors
        if is_used and isinstance(exc, OSError):
            raise smtplib.SMTPServerDisconnected("it served before") from exc
        return failed(exc)
    if isinstance(refused, NotSent):
        if is_used and not refused.permanent:  # 421: it has had enough of this connection
            raise smtplib.SMTPServerDisconnected(refused.reason)
        return refused
    wire.begin()
    try:
        code, answer = smtp.data(letter)
    except smtplib.SMTPDataError as exc:
        return failed(exc)
    except OSError as exc:
        return Unsure(reason=f"the mail server went silent after DATA: {type(exc).__name__}")
    if code not in _OK:
        return refusal(code, answer)
    if refused:
        reason = f"{len(refused)} of {len(envelope.recipients)} recipients refused, the others have it: {refused[0]}"
        return NotSent(reason=reason, permanent=True)
    return Sent()


def refusal(code: int, answer: bytes | str, *, prefix: str = "") -> NotSent:
    """Return what a mail server's negative answer means: 5xx is permanent (RFC 5321, 4.2.1)."""
    return NotSent(reason=f"{prefix}the mail server answered {_words(code, answer)}", permanent=500 <= code < 600)


def failed(exc: Exception) -> NotSent:
    """Return what a failure before the letter left means."""
    if isinstance(exc, smtplib.SMTPResponseException):
        return replace(
            refusal(exc.smtp_code, exc.smtp_error),
            permanent=isinstance(exc, smtplib.SMTPDataError) and exc.smtp_code >= 500,
        )
    permanent = isinstance(exc, UnicodeError)
    return NotSent(reason=f"the mail server could not be reached: {type(exc).__name__}: {exc}", permanent=permanent)


def _introduce(smtp: smtplib.SMTP, envelope: Envelope) -> list[str] | NotSent:
    """Name sender and recipients; return the refusals that stand, or why the letter cannot go out now."""
    code, answer = smtp.mail(envelope.sender[1])
    if code not in _OK:
        return replace(refusal(code, answer, prefix="sender refused: "), permanent=False)
    refused: list[str] = []
    for recipient in envelope.recipients:
        code, answer = smtp.rcpt(recipient)
        if code not in _OK and not 500 <= code < 600:
            return refusal(code, answer, prefix="recipient refused: ")
        if code not in _OK:
            refused.append(_words(code, answer))
    if len(refused) == len(envelope.recipients):
        return NotSent(reason=f"every recipient refused: {refused[0] if refused else 'none given'}", permanent=True)
    return refused


def _words(code: int, answer: bytes | str) -> str:
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return f"{code} {clean(text)}"


def _add_own(letter: EmailMessage, headers: Mapping[str, str]) -> None:
    """Add the operator's headers where they are well-formed and the letter has none of that name."""
    for name, value in headers.items():
        if _HEADER_NAME.fullmatch(name) and name not in letter and name.lower() not in _HELD_BACK:
            letter[name] = _header(value)


def _header(text: str) -> str:
    """Return text for a header, with nothing that a mail program would decode into something else (RFC 2047)."""
    return clean(text).replace("=?", "= ?")


def _address(name: str, address: str) -> Address:
    return Address(display_name=_header(name), addr_spec=address)


def _token(text: str) -> str:
    """Return the text where it can stand in an id, else a digest of it."""
    return text if _TOKEN.fullmatch(text) else blake2b(text.encode("utf-8", "replace"), digest_size=16).hexdigest()
