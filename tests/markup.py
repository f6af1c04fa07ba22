"""Readers of chat markup, strict and small: what a person would see, and where the links lead.

They fail on whatever a service could read otherwise than it was meant: a mark that does not end, an entity or a
bracket of nobody's, a tag that is not among the few that services take.
"""

import re
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser

from monitor.alerting.message import Format

TAGS = frozenset({"b", "i", "code", "a", "br"})


@dataclass
class Seen:
    text: str = ""
    links: list[tuple[str, str]] = field(default_factory=list)  # words, address
    bold: list[str] = field(default_factory=list)


def read(form: Format, body: str) -> Seen:
    """Return what a message shows. Raises AssertionError where it is broken."""
    match form:
        case Format.TEXT:
            return Seen(text=body)
        case Format.TELEGRAM_HTML | Format.MATRIX_HTML:
            return _read_html(body, is_broken=form is Format.MATRIX_HTML)
        case Format.SLACK | Format.GOOGLE_CHAT:
            return _read_mrkdwn(body, entities=form is Format.SLACK)
        case Format.DISCORD | Format.MARKDOWN:
            return _read_markdown(body, end="  \n" if form is Format.MARKDOWN else "\n")


class _Html(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.seen, self.open, self.words = Seen(), [], ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS, tag
        assert [name for name, _ in attrs] == (["href"] if tag == "a" else []), attrs
        if tag != "br":
            assert not self.open, "nested"
            self.open, self.words = [(tag, dict(attrs).get("href"))], ""

    def handle_endtag(self, tag: str) -> None:
        [(begun, address)], self.open = self.open, []
        assert tag == begun
        if tag == "a":
            self.seen.links.append((self.words, address))
        if tag == "b":
            self.seen.bold.append(self.words)

    def handle_data(self, data: str) -> None:
        self.seen.text += data
        self.words += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    handle_decl = handle_pi = unknown_decl = handle_comment


def _read_html(body: str, *, is_broken: bool) -> Seen:
    parser = _Html()
    parser.feed(body)
    parser.close()
    assert not parser.open
    assert body.count("<br>") == (body.count("\n") if is_broken else 0)
    assert not re.search(r"&(?!amp;|lt;|gt;|quot;|#x27;)", body)
    return parser.seen


_MRKDWN = re.compile(
    r"<(?P<url>https?://[^<>|\s]+)\|(?P<words>[^<>|\n]+)>|`(?P<code>[^`\n]+)`|(?:(?<=\A)|(?<=[\s]))\*(?P<bold>[^*\n]+)\*(?!\w)"
    r"|(?<=\s)_(?P<aside>(?:[^_\n]|(?<=\w)_(?=\w))+)_(?!\w)|(?P<plain>&(?:amp|lt|gt);|[^<>`*])", re.DOTALL
)  # fmt: skip


def _read_mrkdwn(body: str, *, entities: bool) -> Seen:
    seen, at = Seen(), 0
    decode = unescape if entities else str
    if entities:
        assert not re.search(r"&(?!amp;|lt;|gt;)", body)
    while at < len(body):
        found = _MRKDWN.match(body, at)
        assert found, body[at : at + 60]
        at = found.end()
        if found["url"]:
            seen.links.append((decode(found["words"]), decode(found["url"])))
        if found["bold"]:
            seen.bold.append(decode(found["bold"]))
        plain = found["plain"]
        if plain == "_":
            assert re.search(r"\w_\w", body[at - 2 : at + 1]), body[at - 20 : at + 20]
        seen.text += decode(found["words"] or found["code"] or found["bold"] or found["aside"] or plain or "")
    return seen


_ESCAPED = r"(?:\\[!-/:-@\[-`{-~]|[^\\*`\[\]<>|~#_\n])"
_MARKDOWN = re.compile(
    rf"\[(?P<words>{_ESCAPED}+)\]\((?P<url>https?://[^()\[\]<>|\s]+)\)|`(?P<code>[^`\n]+)`|\*\*(?P<bold>{_ESCAPED}+)\*\*"
    rf"|\*(?P<aside>{_ESCAPED}+)\*|(?P<plain>{_ESCAPED}|\n)"
)


def _read_markdown(body: str, *, end: str) -> Seen:
    seen, at = Seen(), 0
    lines = body.split(end)
    assert not any("\n" in line for line in lines)
    assert not [line for line in lines if re.match(r"\s*([-+=>#]|\d{1,9}[.)])", line)]
    body = "\n".join(lines)
    while at < len(body):
        found = _MARKDOWN.match(body, at)
        assert found, body[at : at + 60]
        at = found.end()
        if found["url"]:
            seen.links.append((_bare(found["words"]), found["url"]))
        if found["bold"]:
            seen.bold.append(_bare(found["bold"]))
        seen.text += found["code"] or _bare(found["words"] or found["bold"] or found["aside"] or found["plain"] or "")
    return seen


def _bare(words: str) -> str:
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", words)
