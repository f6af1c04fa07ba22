"""Whatever a feed says, a message shows words and nothing else: in mail, in every chat's markup, in JSON.

The shared samples are tried where they are present; our own always.
"""

import email
import email.policy
import json
import re
import unicodedata
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from alert_samples import alert, changed_alert, known, quote
from digest_samples import channel_alert, item, night
from hostile_samples import samples
from hostile_words import HOSTILE
from markup import read
from source_samples import source_alert

from monitor.alerting.escape import site
from monitor.alerting.formats import FACES, render
from monitor.alerting.message import size
from monitor.alerting.outline import READ
from monitor.alerting.phrases import short_id
from monitor.alerting.render import as_json, as_text
from monitor.delivery.mail import Envelope, compose
from monitor.model.delivery import AnyAlert, Delivery
from monitor.model.judgement import Bullet, Written

SPELLING = "\u200c\u200d"  # joiners that are letters of a word, or hold an emoji together
LIVE = re.compile(r"(?<![\w.])@\w|@(?:everyone|here|channel|room|all)\b|@\*|<[!@#]", re.IGNORECASE)
PAGE_TAGS = {
    "html", "head", "meta", "title", "style", "body", "div", "table", "tr", "td", "span", "mark", "a", "b", "br",
    "code",
}  # fmt: skip


def planted(text: str) -> list[AnyAlert]:
    """Return alerts of every kind with a text wherever a text from outside may stand."""
    [change] = changed_alert().changed
    told = replace(change, what=text, was=text, now=text, sentence=text, before=replace(change.before, text=text))
    everywhere = replace(
        changed_alert(),
        headline=text,
        url=f"https://example.org/{text}",
        watch=text,
        new=(quote(text, outlet=text),),
        known=(known(text, outlet=text),),
        outlets=(text, text),
        matched=(text,),
        disguised=(text,),
        changed=(told, replace(change, sentence="Another.")),
        written=Written(model=text, bullets=(Bullet(text=text, cites=()),)),
    )
    listed = item(1, headline=text, watch=text, new=(text,), changed=(text,), outlets=(text, text), url=text)
    return [
        everywhere,
        replace(alert(), headline=text),
        replace(source_alert(), feed=text, reason=text, url=f"https://example.org/{text}"),
        replace(channel_alert(), channel=text, reason=text, headline=text),
        replace(night(), name=text, items=(listed, replace(listed, alert="0002", watch=""))),
    ]


TRIED = [*{takes.format: takes for takes in FACES.values()}.values(), FACES["sms"], FACES["irc"]]
OWN = [pytest.param(text, id=ascii(text)[:40]) for text in HOSTILE]


@pytest.mark.parametrize("text", OWN)
def test_our_own_hostile_texts_do_nothing(text: str) -> None:
    for each in planted(text):
        check(each)


@pytest.mark.parametrize("sample", samples("render"))
def test_the_shared_hostile_texts_do_nothing(sample: dict[str, str], shared: Path) -> None:
    found = json.loads((shared / "hostile" / sample["file"]).read_text(encoding="utf-8"))
    for each in planted(found["title"]):
        check(each)


def check(each: AnyAlert) -> None:
    json.loads(json.dumps(as_json(each)))
    for takes in TRIED:
        message = render(each, takes.format, limit=takes.limit, title_limit=takes.title_limit)
        assert size(message.title) + size(message.body) <= takes.limit
        seen = read(takes.format, message.body)
        assert short_id(each) in seen.text
        assert all(words == f"{READ} {site(address)}" for words, address in seen.links)
        for shown in (message.title, *(without_links(line) for line in seen.text.split("\n"))):
            inert(shown)
    letter(each)


def without_links(line: str) -> str:
    return re.sub(r"https?://\S+", "", line)


def inert(shown: str) -> None:
    """Fail for a line that does something, or seems to be another one."""
    assert not LIVE.search(shown), shown
    assert "javascript:" not in shown.lower()
    bad = [char for char in shown if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")]
    assert set(bad) <= set(SPELLING), shown
    assert "\u0301" * 5 not in shown


class Page(HTMLParser):
    """The mail as a strict reader sees it."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text = ""
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in PAGE_TAGS, tag
        for name, value in attrs:
            assert not name.startswith("on"), name
            assert name not in ("src", "srcset", "background", "action"), name
            if name == "href":
                assert value is not None
                assert re.match(r"https?://[^\s\"'<>]+\Z", value), value
                self.links.append(value)
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def letter(each: AnyAlert) -> None:
    """Fail for a letter with a header or a part of somebody else's, or with a page that loads or runs anything."""
    delivery = Delivery(key=f"{each.id}.desk", alert=each, channel="desk", attempts=0, token="t", root="7f3a")
    sent = compose(delivery, Envelope(sender=("", "monitor@example.org"), to=(("", "desk@example.org"),)))
    parsed = email.message_from_bytes(sent, policy=email.policy.default)
    assert sorted(parsed.keys()) == sorted(
        [
            "Subject", "From", "To", "Message-ID", "References", "In-Reply-To", "Date", "List-Id", "Auto-Submitted",
            "X-Monitor-Alert", "MIME-Version", "Content-Type",
        ]
    )  # fmt: skip
    assert not parsed.defects
    text, page = parsed.iter_parts()
    assert short_id(each) in text.get_content()
    assert as_text(each).body.split() == text.get_content().split()
    for line in text.get_content().splitlines():
        inert(without_links(line).replace("=?", ""))
    reader = Page()
    reader.feed(page.get_content())
    reader.close()
    assert not reader.open
    assert short_id(each) in reader.text
    assert len(page.get_content().encode()) < 110_000
