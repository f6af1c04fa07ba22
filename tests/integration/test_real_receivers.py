"""Servers that other people wrote take what we send: a Matrix homeserver, an IRC server, an MQTT broker."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from alert_samples import URL, alert, changed_alert
from receiver_environment import Homeserver, IrcReader, MqttReader, homeserver, irc_server, mqtt_broker

from monitor.alerting.formats import Format, render
from monitor.alerting.render import CHAT_LIMIT, subject
from monitor.delivery.channels import ChannelSender
from monitor.model.delivery import Channel, Delivery, NotSent, Receipt, Sent, Unsure
from monitor.model.judgement import Alert

pytestmark = [pytest.mark.slow, pytest.mark.timeout(500)]  # the first run installs them

HOSTILE = "<b>bold</b> <script>alert(1)</script> @room &lt; \r\nQUIT :bye\r\nPRIVMSG #news :forged \x02\x03 \U0001f600"


def send(url: str, told: Alert, key: str) -> Receipt:
    """Send once, as a process that has just started does."""
    delivery = Delivery(key=key, alert=told, channel="desk", attempts=0, token="t1", root=told.story)
    return ChannelSender([Channel(name="desk", url=url, allow_private=True)]).send(delivery)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Homeserver]:
    with homeserver(tmp_path_factory.mktemp("matrix")) as server:
        yield server


def room_url(home: Homeserver, token: str | None = None) -> str:
    return f"matrix://{token or home.token}@127.0.0.1:{home.port}/{home.room}?hsreq=no"


def test_a_retry_is_the_same_matrix_event_also_after_a_restart(home: Homeserver) -> None:
    before = len(home.messages())
    for _ in range(3):
        assert send(room_url(home), alert(), "4f2a.desk") == Sent()
    assert send(room_url(home), changed_alert(), "9b1e.desk") == Sent()
    assert [message["msgtype"] for message in home.messages()[before:]] == ["m.text", "m.text"]


def test_a_matrix_message_has_our_html_and_our_plain_words(home: Homeserver) -> None:
    hostile = replace(alert(), headline=HOSTILE, outlets=(HOSTILE,))
    for number, told in enumerate((alert(), hostile)):
        assert send(room_url(home), told, f"words-{number}.desk") == Sent()
        message = home.messages()[-1]
        marked, plain = (
            render(told, form, limit=CHAT_LIMIT, title_limit=0).body for form in (Format.MATRIX_HTML, Format.TEXT)
        )
        assert (message["format"], message["formatted_body"]) == ("org.matrix.custom.html", marked)
        assert message["body"] == plain
        assert "<script" not in marked
        assert "@room" not in plain


def test_a_matrix_token_that_is_worth_nothing_is_a_refusal_and_stands_in_no_reason(home: Homeserver) -> None:
    receipt = send(room_url(home, "syt_c4n4ry"), alert(), "no.desk")
    assert isinstance(receipt, NotSent)
    assert not receipt.permanent  # whoever runs the channel can mend it
    assert "c4n4ry" not in receipt.reason


def test_an_irc_channel_hears_the_fact_and_no_command_of_a_stranger(tmp_path: Path) -> None:
    with irc_server(tmp_path) as port:
        reader = IrcReader(port, "#news")
        try:
            for key, told in (("a", alert()), ("b", replace(changed_alert(), headline=HOSTILE))):
                assert send(f"irc://monitor@127.0.0.1:{port}/%23news", told, key) == Sent()
                heard = [reader.until("PRIVMSG")]
                while f"[#{told.id[:4]}]" not in heard[-1]:
                    heard.append(reader.until("PRIVMSG"))
                assert heard[0].partition(" :")[2] == subject(told)
                assert {line.split("!")[0] for line in heard} == {":monitor"}
                reader.until("QUIT")  # or its name is still taken when the next one comes
        finally:
            reader.close()


def test_what_became_of_a_message_to_an_irc_server_that_fails_is_not_known() -> None:
    """Its plugin does not say whether anybody was there, so it may have arrived."""
    receipt = send("irc://monitor@127.0.0.1:9/%23news", alert(), "c")
    assert isinstance(receipt, Unsure)
    assert URL not in receipt.reason


def test_an_mqtt_broker_passes_the_message_on_to_who_has_subscribed(tmp_path: Path) -> None:
    with mqtt_broker(tmp_path) as port:
        reader = MqttReader(port, "news/#")
        try:
            for key, told in (("a", alert()), ("b", replace(changed_alert(), headline=HOSTILE))):
                assert send(f"mqtt://127.0.0.1:{port}/news/mali", told, key) == Sent()
                heard = reader.told.get(timeout=20)
                assert heard.startswith(subject(told))
                assert f"[#{told.id[:4]}]" in heard
            assert reader.told.empty()
        finally:
            reader.close()


def test_a_broker_that_does_not_know_us_has_taken_nothing(tmp_path: Path) -> None:
    with mqtt_broker(tmp_path, passwords=True) as port:
        receipt = send(f"mqtt://monitor:c4n4ry@127.0.0.1:{port}/news/mali?rto=1", alert(), "c")
    assert isinstance(receipt, Unsure)
    assert "c4n4ry" not in receipt.reason
