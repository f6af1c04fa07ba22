"""Deliveries arrive at real receivers on loopback, and the receipts tell the truth."""

import json
import logging
import re
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from email.message import EmailMessage
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from alert_samples import URL, alert, changed_alert
from receivers import MailReceiver, mail, web
from source_samples import FEED_URL, source_alert

from monitor.alerting.escape import clean
from monitor.alerting.formats import Format, render
from monitor.alerting.render import CHAT_LIMIT, as_text, subject
from monitor.delivery.address import refusal
from monitor.delivery.channels import ChannelSender, fault_of
from monitor.delivery.scrub import scrub, secrets_of
from monitor.delivery.sender import RecordingSender, Sender
from monitor.delivery.wire import SendOverError, Wire
from monitor.model.delivery import Channel, Delivery, NotSent, Receipt, Sent, Unsure
from monitor.model.feed import SourceState
from monitor.model.judgement import Alert, Severity, SourceAlert

CANARY = "c4n4ry-S3cret"


def delivery(of: Alert | None = None, *, attempts: int = 0) -> Delivery:
    chosen = of or alert()
    return Delivery(key="9d1c55aa.desk", alert=chosen, channel="desk", attempts=attempts, token="t1", root=chosen.story)


def about_source(of: SourceAlert) -> Delivery:
    return Delivery(key=f"{of.id}.desk", alert=of, channel="desk", attempts=0, token="t1", root="50c0000000000001")


def sender(url: str, *, allow_private: bool = True, limit_s: float = 10.0) -> ChannelSender:
    return ChannelSender([Channel(name="desk", url=url, allow_private=allow_private)], limit_s=limit_s)


def mail_url(receiver: MailReceiver, *, extra: str = "") -> str:
    return f"mailto://127.0.0.1:{receiver.port}/?from=desk@example.org&to=reader@example.org{extra}"


def free_port() -> int:
    """A port that nobody listens on: bound and let go again."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def part(letter: EmailMessage, kind: str) -> str:
    body = letter.get_body((kind,))
    assert body is not None
    return str(body.get_content())


# --- webhooks ---------------------------------------------------------------------------------------------------


def test_a_webhook_gets_headline_link_and_key() -> None:
    with web() as receiver:
        receipt = sender(f"json://127.0.0.1:{receiver.port}/hook").send(delivery())
    assert receipt == Sent()
    [(path, headers, body)] = receiver.requests
    content = json.loads(body)
    assert path == "/hook"
    assert headers["X-Idempotency-Key"] == "9d1c55aa.desk"
    assert content["title"] == subject(alert())
    assert content["message"].rstrip() == as_text(alert()).body.rstrip()
    assert URL in content["message"]
    assert content["title"] in content["message"]


def test_a_retry_after_503_carries_the_same_key() -> None:
    with web(503, 200) as receiver:
        door = sender(f"json://127.0.0.1:{receiver.port}/")
        first, second = door.send(delivery()), door.send(delivery(attempts=1))
    assert first == NotSent(reason="the channel answered 503")
    assert second == Sent()
    assert [headers["X-Idempotency-Key"] for _, headers, _ in receiver.requests] == ["9d1c55aa.desk"] * 2


@pytest.mark.parametrize(
    ("status", "permanent"), [(429, False), (500, False), (404, False), (403, False), (400, True), (408, False)]
)
def test_a_status_tells_whether_asking_again_can_help(status: int, permanent: bool) -> None:
    with web(status) as receiver:
        receipt = sender(f"json://127.0.0.1:{receiver.port}/").send(delivery())
    assert receipt == NotSent(reason=f"the channel answered {status}", permanent=permanent)


def test_a_redirect_is_not_followed_even_if_the_url_asks_for_it() -> None:
    with web() as target, web(302, location=f"http://127.0.0.1:{target.port}/") as receiver:
        receipt = sender(f"json://127.0.0.1:{receiver.port}/?redirect=yes").send(delivery())
    assert receipt == NotSent(reason="the channel answered 302")
    assert target.requests == []


def test_a_receiver_that_hangs_leaves_us_unsure() -> None:
    """The request arrived; whether it was taken cannot be known."""
    with web(0) as receiver:
        receipt = sender(f"json://127.0.0.1:{receiver.port}/", limit_s=0.5).send(delivery())
        assert isinstance(receipt, Unsure)
    assert len(receiver.requests) == 1


def test_the_limit_ends_the_wait_whatever_the_library_waits_for() -> None:
    with web(0) as receiver:
        receipt = sender(f"json://127.0.0.1:{receiver.port}/?rto=15", limit_s=0.3).send(delivery())
        assert receipt == Unsure(reason="no answer within 0.3 s")


def test_a_refused_connection_is_certainly_not_sent() -> None:
    receipt = sender(f"json://127.0.0.1:{free_port()}/").send(delivery())
    assert isinstance(receipt, NotSent)
    assert not receipt.permanent


def test_one_hundred_sends_at_once_keep_their_own_keys() -> None:
    with web() as receiver, ThreadPoolExecutor(8) as pool:
        door = sender(f"json://127.0.0.1:{receiver.port}/")
        receipts = list(pool.map(door.send, [replace(delivery(), key=f"k{number}") for number in range(100)]))
    assert set(receipts) == {Sent()}
    assert {headers["X-Idempotency-Key"] for _, headers, _ in receiver.requests} == {f"k{n}" for n in range(100)}


def test_of_several_targets_only_those_that_refused_are_asked_again() -> None:
    with web(200, 503, 500, 200) as receiver:
        door = sender(f"ntfy://127.0.0.1:{receiver.port}/first/second")
        receipts = [door.send(delivery(attempts=attempt)) for attempt in range(3)]
        asked = [json.loads(body)["topic"] for _, _, body in receiver.requests]
        assert [type(receipt) for receipt in receipts] == [NotSent, NotSent, Sent]
        assert len(set(asked[:2])) == 2
        assert asked[2:] == [asked[1]] * 2
        assert door.send(delivery()) == Sent()  # somebody asked for it anew: all are told
        assert len(receiver.requests) == 6
        assert door.send(replace(delivery(), key="another")) == Sent()
        assert len(receiver.requests) == 8


# --- chats ------------------------------------------------------------------------------------------------------


def test_a_chat_message_fits_and_shows_headline_link_and_id() -> None:
    with web() as receiver:
        receipt = sender(f"ntfy://127.0.0.1:{receiver.port}/news").send(delivery(changed_alert()))
    assert receipt == Sent()
    content = json.loads(receiver.requests[0][2])
    assert content["title"] == subject(changed_alert())
    assert URL in content["message"]
    assert "[#9b1e]" in content["message"]
    assert "300 → 500" in content["message"]


def test_a_chat_without_titles_gets_the_headline_first() -> None:
    with web() as receiver:
        receipt = sender(f"mmost://127.0.0.1:{receiver.port}/abcdefghijklmnopqrstuvwxyz").send(delivery())
    assert receipt == Sent()
    text = json.loads(receiver.requests[0][2])["text"]
    assert text.startswith(f"**{subject(alert())}**")
    assert URL in text


HOSTILE = "<b>&amp; *x* _y_ `z` [a](http://evil.example) <!channel> @everyone ~~s~~ | # > \\"


@dataclass(frozen=True, kw_only=True)
class Chat:
    """A service with markup of its own: its channel, where its plugin posts to, and the words in what arrives."""

    name: str
    url: str
    plugin: str
    posts_to: str
    format: Format
    words: Callable[[dict[str, Any]], str]


CHATS = (
    Chat(
        name="telegram", url=f"tgram://123456789:{CANARY}abcdefghijklmnopqrstuvwxyz/12345",
        plugin="telegram.NotifyTelegram.notify_url", posts_to="bot", format=Format.TELEGRAM_HTML,
        words=lambda body: body["text"],
    ),
    Chat(
        name="slack", url=f"slack://T1JJ3T3L2/A1BRTD4JD/{CANARY[:6]}iajkdnlazkcOXrIdevi/#news",
        plugin="slack.NotifySlack.webhook_url", posts_to="services", format=Format.SLACK,
        words=lambda body: body["attachments"][0]["text"],
    ),
    Chat(
        name="discord", url=f"discord://123456789012345678/{CANARY}abcdefghijklmnopqrstuvwxyz",
        plugin="discord.NotifyDiscord.notify_url", posts_to="webhooks", format=Format.DISCORD,
        words=lambda body: body["content"],
    ),
)  # fmt: skip


@pytest.fixture(params=CHATS, ids=lambda chat: chat.name)
def chat(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], Chat]:
    """A service whose plugin posts to a port of ours."""

    def at(port: int) -> Chat:
        chosen: Chat = request.param
        monkeypatch.setattr(f"apprise.plugins.{chosen.plugin}", f"http://127.0.0.1:{port}/{chosen.posts_to}")
        return chosen

    return at


def test_a_chat_gets_our_markup_as_we_wrote_it(chat: Callable[[int], Chat]) -> None:
    """Nothing between us and the service converts, escapes or splits it."""
    hostile = replace(changed_alert(), headline=HOSTILE, watch=HOSTILE, outlets=(HOSTILE,))
    with web(body=b"ok") as receiver:
        service = chat(receiver.port)
        door = sender(service.url)
        assert [door.send(delivery(each)) for each in (alert(), changed_alert(), hostile)] == [Sent()] * 3
    for told, (_, _, body) in zip((alert(), changed_alert(), hostile), receiver.requests, strict=True):
        words = service.words(json.loads(body))
        assert words == render(told, service.format, limit=CHAT_LIMIT, title_limit=0).body


def test_a_chat_that_refuses_the_markup_gets_plain_words_once(chat: Callable[[int], Chat]) -> None:
    with web(400, 200, body=b"ok") as receiver:
        service = chat(receiver.port)
        assert sender(service.url).send(delivery()) == Sent(note="without markup")
    marked, plain = (service.words(json.loads(body)) for _, _, body in receiver.requests)
    assert marked != plain
    assert "<b>" not in plain
    assert "**" not in plain
    assert "MINUSMA withdrawal" in receiver.requests[1][2].decode()


def test_a_chat_that_refuses_plain_words_too_has_refused(chat: Callable[[int], Chat]) -> None:
    with web(400) as receiver:
        receipt = sender(chat(receiver.port).url).send(delivery())
    assert receipt == NotSent(reason="the channel answered 400", permanent=True)
    assert len(receiver.requests) == 2


@pytest.mark.parametrize("status", [401, 403, 404, 500])
def test_what_is_no_matter_of_markup_is_not_sent_again(chat: Callable[[int], Chat], status: int) -> None:
    with web(status) as receiver:
        receipt = sender(chat(receiver.port).url).send(delivery())
    assert receipt == NotSent(reason=f"the channel answered {status}", permanent=status in (400, 413, 422))
    assert len(receiver.requests) == 1


@pytest.mark.parametrize(
    ("severity", "query", "wanted"),
    [
        (Severity.CRITICAL, "", "max"), (Severity.HIGH, "", "high"), (Severity.NORMAL, "", None),
        (Severity.LOW, "", "low"), (Severity.CRITICAL, "?priority=low", "low"),
    ],
)  # fmt: skip
def test_a_severity_becomes_a_priority_unless_the_address_names_one(
    severity: Severity, query: str, wanted: str | None
) -> None:
    with web() as receiver:
        door = sender(f"ntfy://127.0.0.1:{receiver.port}/news{query}")
        assert door.send(delivery(replace(alert(), severity=severity))) == Sent()
    assert receiver.requests[0][1].get("X-Priority") == wanted


# --- mail -------------------------------------------------------------------------------------------------------


def test_a_mail_has_one_stable_id_its_thread_and_two_parts() -> None:
    with mail() as receiver:
        assert sender(mail_url(receiver)).send(delivery()) == Sent()
    [letter] = receiver.letters
    assert letter.get_all("Message-ID") == ["<9d1c55aa.desk@example.org>"]
    assert letter["References"] == letter["In-Reply-To"] == "<story-7f3a000000000001@example.org>"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["List-Id"] == "mali <mali.news-monitor.example.org>"
    assert letter["Subject"] == subject(alert())
    assert letter["Date"].datetime == alert().created
    assert part(letter, "plain").replace("\r\n", "\n") == as_text(alert()).body
    assert "<mark" in part(letter, "html")
    assert URL in part(letter, "html")


def test_a_mail_sent_again_is_the_same_mail() -> None:
    with mail("451 try later", "250 OK") as receiver:
        door = sender(mail_url(receiver))
        first, second = door.send(delivery()), door.send(delivery(attempts=1))
    assert first == NotSent(reason="the mail server answered 451 try later")
    assert second == Sent()
    one, two = receiver.letters
    del one["X-Peer"], two["X-Peer"]
    assert one.as_bytes() == two.as_bytes()


def test_a_5xx_answer_is_permanent() -> None:
    with mail("550 no such policy") as receiver:
        receipt = sender(mail_url(receiver)).send(delivery())
    assert receipt == NotSent(reason="the mail server answered 550 no such policy", permanent=True)


def test_a_connection_lost_after_data_leaves_us_unsure() -> None:
    with mail("drop") as receiver:
        receipt = sender(mail_url(receiver)).send(delivery())
    assert isinstance(receipt, Unsure)
    assert len(receiver.letters) == 1


@pytest.mark.parametrize(("reply", "permanent"), [("450 busy", False), ("550 unknown user", True)])
def test_a_refused_recipient_is_told_before_anything_is_sent(reply: str, permanent: bool) -> None:
    with mail(rcpt={"reader@example.org": reply}) as receiver:
        receipt = sender(mail_url(receiver)).send(delivery())
    assert isinstance(receipt, NotSent)
    assert receipt.permanent == permanent
    assert receiver.letters == []


def test_one_unknown_recipient_does_not_cost_the_others_their_mail() -> None:
    with mail(rcpt={"gone@example.org": "550 unknown user"}) as receiver:
        receipt = sender(mail_url(receiver, extra=",gone@example.org&bcc=quiet@example.org")).send(delivery())
    assert isinstance(receipt, NotSent)
    assert receipt.permanent
    assert receipt.reason.startswith("1 of 3 recipients refused, the others have it")
    assert receiver.recipients == [["reader@example.org", "quiet@example.org"]]
    assert receiver.letters[0]["Bcc"] is None


def test_a_mail_server_that_refuses_the_connection_is_asked_again() -> None:
    receipt = sender(f"mailto://127.0.0.1:{free_port()}/?from=desk@example.org&to=a@example.org").send(delivery())
    assert isinstance(receipt, NotSent)
    assert not receipt.permanent


def test_a_mail_server_that_says_nothing_is_certainly_not_sent_to() -> None:
    """Nobody answers before DATA, and a send that is given up can no longer begin."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        url = f"mailto://127.0.0.1:{port}/?from=desk@example.org&to=a@example.org"
        receipt = sender(url, limit_s=0.3).send(delivery())
    assert receipt == NotSent(reason="no answer within 0.3 s")


def test_a_send_that_was_given_up_never_begins() -> None:
    wire = Wire(allow_private=True)
    assert not wire.give_up()
    with pytest.raises(SendOverError):
        wire.begin()


def test_the_operators_headers_stand_beside_ours_and_replace_none() -> None:
    with mail() as receiver:
        url = mail_url(receiver, extra="&%2BX-Desk=foreign&%2BMessage-ID=forged&cc=c@example.org&reply=r@example.org")
        assert sender(url).send(delivery()) == Sent()
    [letter] = receiver.letters
    assert letter["X-Desk"] == "foreign"
    assert letter.get_all("Message-ID") == ["<9d1c55aa.desk@example.org>"]
    assert letter["Cc"] == "c@example.org"
    assert letter["Reply-To"] == "r@example.org"


def test_signed_mail_is_refused_rather_than_sent_unsigned() -> None:
    receipt = sender("mailto://mx.test/?from=a@example.org&to=b@example.org&pgp=sign").send(delivery())
    assert isinstance(receipt, NotSent)
    assert not receipt.permanent


# --- sources ----------------------------------------------------------------------------------------------------


def test_mails_about_one_source_are_one_thread_on_a_list_of_their_own() -> None:
    states = (SourceState.DOWN, SourceState.BACK)
    with mail() as receiver:
        door = sender(mail_url(receiver))
        assert [door.send(about_source(source_alert(state))) for state in states] == [Sent(), Sent()]
    for state, letter in zip(states, receiver.letters, strict=True):
        told = source_alert(state)
        assert letter.get_all("Message-ID") == [f"<{told.id}.desk@example.org>"]
        assert letter["References"] == letter["In-Reply-To"] == "<source-50c0000000000001@example.org>"
        assert letter["List-Id"] == "source-health <source-health.news-monitor.example.org>"
        assert letter["X-Monitor-Alert"] == told.id
        assert letter["Subject"] == subject(told)
        assert letter["Date"].datetime == told.created
        assert part(letter, "plain").replace("\r\n", "\n") == as_text(told).body
        assert "monitor feed show wire" in part(letter, "html")
        assert FEED_URL in part(letter, "html")


def test_a_webhook_and_a_chat_are_told_of_a_source() -> None:
    told = source_alert()
    with web() as receiver:
        assert sender(f"json://127.0.0.1:{receiver.port}/").send(about_source(told)) == Sent()
        assert sender(f"ntfy://127.0.0.1:{receiver.port}/news").send(about_source(told)) == Sent()
    hook, chat = (json.loads(body) for _, _, body in receiver.requests)
    assert receiver.requests[0][1]["X-Idempotency-Key"] == f"{told.id}.desk"
    assert hook["title"] == chat["title"] == subject(told)
    assert hook["message"].rstrip() == as_text(told).body.rstrip()
    assert "While this lasts, nothing from this source can alert you." in chat["message"]
    assert "[#5c0e]" in chat["message"]


def test_a_hostile_feed_name_adds_no_header(shared: Path) -> None:
    """It may come from an OPML file that somebody else wrote."""
    titles = [
        json.loads(case.read_text(encoding="utf-8"))["title"]
        for case in sorted((shared / "hostile" / "text").glob("render-*.json"))
    ]
    names = [*titles, "wire\r\nBcc: x@example.org\r\n\r\n<b>", "=?utf-8?b?QmNj?= wire"]
    with mail() as post:
        door = sender(mail_url(post))
        for name in names:
            hostile = replace(source_alert(), feed=name, reason=name)
            assert door.send(about_source(hostile)) == Sent(), name
    for letter in post.letters:
        assert letter["Bcc"] is None
        assert len(letter.get_all("Subject", [])) == 1
        assert letter["Subject"].strip().startswith("Source down: ")
        assert "\x1b" not in part(letter, "plain")
        assert not {tag for tag in ("<script", "<img", "<b>") if tag in part(letter, "html")}
    assert post.letters[-1]["Subject"].startswith("Source down: = ?utf-8?b?QmNj?= wire")


# --- hostile text -----------------------------------------------------------------------------------------------


def test_hostile_headlines_arrive_as_harmless_text(shared: Path) -> None:
    cases = sorted((shared / "hostile" / "text").glob("render-*.json"))
    assert cases
    with web() as receiver, mail() as post:
        webhook, letter = sender(f"json://127.0.0.1:{receiver.port}/"), sender(mail_url(post))
        for case in cases:
            title = json.loads(case.read_text(encoding="utf-8"))["title"]
            hostile = delivery(replace(alert(), headline=title, watch=title, outlets=(title,)))
            assert webhook.send(hostile) == Sent(), case.name
            assert letter.send(hostile) == Sent(), case.name
    for (_, _, body), received in zip(receiver.requests, post.letters, strict=True):
        assert json.loads(body)["title"] in json.loads(body)["message"]
        assert len(received.get_all("Subject", [])) == 1
        assert "<script" not in part(received, "html")
        assert "<img" not in part(received, "html")
        assert "\x1b" not in part(received, "plain")
        assert "<script" not in received["Subject"] or "<script" in json.loads(body)["title"]


TITLES = {
    "line ends": "Dam shuts\r\nBcc: x@evil.example\r\n\r\n<b>body</b>",
    "nul": "Dam\x00 shuts\x07 \x1b[31mgates\x1b[0m",
    "10 kB": "Dam shuts its gates again " * 400,
    "one word": "D" * 10_000,
    "emoji": "🌊 Dam 👩‍👩‍👧 shuts 🇲🇱 gates",
    "right to left": "السد يغلق بواباته \u202eevil\u202c في مالي",
    "encoded word": "=?utf-8?b?QmNjOiB4QGV2aWwuZXhhbXBsZQ==?= Dam shuts",
    "surrogate": "Dam \ud800 shuts",
}


@pytest.mark.parametrize("title", TITLES.values(), ids=TITLES)
def test_a_letter_with_a_hostile_title_parses_without_a_defect_and_says_the_same_twice(title: str) -> None:
    """As the standard library reads it: one of each header, nothing added, equal words in both parts."""
    hostile = replace(changed_alert(), headline=title, watch=title, outlets=(title,), matched=(title,))
    with mail() as receiver:
        assert sender(mail_url(receiver)).send(delivery(hostile)) == Sent()
    [letter] = receiver.letters
    assert not [defect for each in letter.walk() for defect in each.defects]
    assert not [name for name, value in letter.items() if getattr(value, "defects", ())]
    names = [name.lower() for name in letter if name.lower() not in ("x-peer", "x-mailfrom", "x-rcptto")]
    assert len(names) == len(set(names))
    assert "bcc" not in names
    assert letter["Message-ID"] == "<9d1c55aa.desk@example.org>"
    assert " ".join(letter["Subject"].split()) == subject(hostile).replace("=?", "= ?")
    plain, html = _words(part(letter, "plain")), _words(unescape(_TAG.sub(" ", part(letter, "html"))))
    for told in (subject(hostile), *(clean(each.text) for each in hostile.new), "500", "300"):
        assert _words(told) in plain
        assert all(word in html for word in told.split()), told
    assert URL in part(letter, "html")
    assert URL in part(letter, "plain")


_TAG = re.compile(r"<style.*?</style>|<[^>]*>", re.DOTALL)


def _words(text: str) -> str:
    return " ".join(text.split())


# --- private addresses ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
@pytest.mark.parametrize("scheme", ["json", "ntfy", "mailto"])
def test_a_channel_does_not_reach_a_private_address_unless_it_says_so(scheme: str, host: str) -> None:
    with web() as receiver:
        query = "?from=a@example.org&to=b@example.org" if scheme == "mailto" else ""
        receipt = sender(f"{scheme}://{host}:{receiver.port}/topic{query}", allow_private=False).send(delivery())
    assert isinstance(receipt, NotSent)
    assert not receipt.permanent
    assert receipt.reason.startswith("channel desk: ")
    assert receipt.reason.endswith(" is a private address; set allow_private: true for this channel to allow it"), (
        receipt.reason
    )
    assert receiver.requests == []


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "::ffff:10.0.0.1", "fe80::1%eth0", "64:ff9b::7f00:1",
             "2002:7f00:1::", "100.64.0.1", "0.0.0.0", "224.0.0.1", "fc00::1"],
)  # fmt: skip
def test_addresses_that_are_not_public_are_named(host: str) -> None:
    assert refusal((host, 443)) == f"{host} is a private address"


def test_public_addresses_pass_and_unreadable_ones_do_not() -> None:
    assert refusal(("93.184.216.34", 443)) is None
    assert refusal(("2606:2800:220:1::1", 443, 0, 0)) is None
    assert refusal(("64:ff9b::5db8:d822", 443)) is None
    assert refusal("/run/docker.sock") == "a socket of this machine is a private address"
    assert refusal(("example.org", 443)) == "example.org is not a numeric address"


# --- secrets ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", [200, 404, 503, 0, None])
@pytest.mark.parametrize(
    "template",
    [
        "json://user:{canary}@127.0.0.1:{port}/{canary}?+X-Token={canary}&-key={canary}",
        "mmost://127.0.0.1:{port}/{canary}abcdefghijklm",
        "ntfy://{canary}:{canary}@127.0.0.1:{port}/{canary}",
        "mailto://{canary}:{canary}@127.0.0.1:{port}/?from=a@example.org&to=b@example.org",
    ],
)
def test_a_secret_of_a_channel_appears_in_no_log_and_no_reason(
    caplog: pytest.LogCaptureFixture, template: str, answer: int | None
) -> None:
    """Not at DEBUG either, where libraries log whole requests."""
    caplog.set_level(logging.DEBUG)
    receipts: list[Receipt] = []
    with web(answer or 0) as receiver:
        port = free_port() if answer is None else receiver.port
        url = template.format(canary=CANARY, port=port)
        receipts += [
            sender(url, allow_private=allow_private, limit_s=0.4).send(delivery()) for allow_private in (True, False)
        ]
        assert fault_of(Channel(name="desk", url=url.replace("://", "x://"))) is not None
    assert CANARY.lower() not in caplog.text.lower()
    assert CANARY.lower() not in repr(receipts).lower()


def test_every_part_of_a_channel_url_is_masked() -> None:
    secrets = secrets_of("json://us%65r:p%40ss@host.example/p4th?token=t0ken", keep=frozenset({"host.example"}))
    told = scrub("no user, p%40ss, P@SS, /p4th at host.example\nt0ken", secrets)
    assert told == "no ***, ***, ***, /*** at host.example ***"
    assert len(scrub("x" * 999, ())) == 300


# --- the rest ---------------------------------------------------------------------------------------------------


def test_a_channel_url_is_judged_without_sending() -> None:
    assert fault_of(Channel(name="desk", url="json://example.org/")) is None
    assert fault_of(Channel(name="desk", url="mailto://user:pass@example.org")) is None
    problem = fault_of(Channel(name="desk", url=f"nosuchthing://{CANARY}/"))
    assert problem is not None
    assert problem.startswith("Apprise cannot use this URL")
    assert CANARY not in problem


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        (f"smpp://user:{CANARY}@example.org/1/2", "smpp:// needs a package that is not installed: smpplib"),
        ("growl://example.org", "growl:// needs a package that is not installed: gntp"),
        ("macosx://", "macosx:// cannot be used on this machine: "),
    ],
)
def test_a_service_that_lacks_something_here_says_what(url: str, fault: str) -> None:
    told = fault_of(Channel(name="desk", url=url))
    assert told is not None
    assert told.startswith(fault)
    assert CANARY not in told


def test_an_unusable_or_unknown_channel_is_a_receipt_not_a_crash() -> None:
    bad = sender("nosuchthing://host/").send(delivery())
    assert isinstance(bad, NotSent)
    assert not bad.permanent
    assert ChannelSender([]).send(delivery()) == NotSent(reason="no channel is called desk", permanent=True)


def test_a_recording_sender_keeps_what_it_is_given() -> None:
    recording = RecordingSender()
    door: Sender = recording
    assert door.send(delivery()) == Sent()
    assert recording.deliveries == [delivery()]
