"""Message: what a channel is given, and the ways in which channels mark words up.

In:  lines of spans: clean words, each with a style.
Out: the same in one format's syntax, every word from outside escaped for it.
Not here: what is said (outline.py), what fits (formats.py), HTML mail (html_mail.py).

`clean` (escape.py) has disarmed mentions, links under other words, controls and direction marks before. What is left is
each format's own syntax: escaped where the format knows how to, shown by a look-alike sign where it does not.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from html import escape as escape_html
from typing import Final
from urllib.parse import urlsplit


class Format(StrEnum):
    """How the body of a message is marked up."""

    TEXT = "text"  # nothing is; the only one for a channel that is not known to read one of the others
    TELEGRAM_HTML = "telegram_html"
    MATRIX_HTML = "matrix_html"
    SLACK = "slack"  # mrkdwn
    GOOGLE_CHAT = "google_chat"  # mrkdwn without entities
    DISCORD = "discord"
    MARKDOWN = "markdown"  # Mattermost, Rocket.Chat, Zulip, Webex, Teams and others


class Style(StrEnum):
    """What a span is to the reader."""

    PLAIN = "plain"
    FACT = "fact"  # the headline, a value
    ASIDE = "aside"  # a place, a count
    COMMAND = "command"  # to be typed


@dataclass(frozen=True, slots=True)
class Span:
    """Clean words of one style; with `url`, a safe link under them."""

    text: str
    style: Style = Style.PLAIN
    url: str | None = None


Line = tuple[Span, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What a channel is given. A channel without titles puts the title over the body."""

    title: str
    body: str
    format: Format = Format.TEXT


@dataclass(frozen=True, slots=True, kw_only=True)
class Syntax:
    """How one format writes what spans mean."""

    escape: Callable[[str], str]
    link: Callable[[str, str], str]  # of escaped words and an address
    marks: dict[Style, tuple[str, str]]
    escape_command: Callable[[str], str]
    line_end: str = "\n"
    begin: Callable[[str], str] = str  # keeps a line from being read as a heading or a list

    def line(self, line: Iterable[Span]) -> str:
        """Return one line."""
        return self.begin("".join(map(self._span, line)))

    def fact(self, words: str) -> str:
        """Return a line that says the fact: the headline."""
        return self.line((Span(words, Style.FACT),))

    def join(self, lines: Iterable[str]) -> str:
        """Return lines as one body."""
        return self.line_end.join(lines)

    def _span(self, span: Span) -> str:
        if not span.text:
            return ""
        if span.style is Style.COMMAND and "`" not in span.text:  # one with a backtick would end its own marks
            before, after = self.marks[Style.COMMAND]
            return f"{before}{self.escape_command(span.text)}{after}"
        words = self.escape(span.text)
        if span.url is not None:
            return self.link(words, span.url)
        before, after = self.marks.get(span.style, ("", "")) if span.style is not Style.COMMAND else ("", "")
        return f"{before}{words}{after}"


def size(text: str) -> int:
    """Return the length of a text as the strictest services count it: in units of UTF-16."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


_MARKDOWN: Final = re.compile(r"[\\*_~`|\[\]<>#]|&(?=#?\w+;)")
_BEGINNING: Final = re.compile(r"\A(?:(?=[-+=])|(\d{1,9})(?=[.)]))")  # of a list, or of a line under a heading
_AT: Final = re.compile(r"(?<!\w)@")
_LOOKALIKES: Final = str.maketrans({"*": "∗", "~": "∼", "`": "ˋ"})
_EDGE: Final = re.compile(r"(?<![^\W_])_|_(?![^\W_])")
_IN_TARGET: Final = {"(": "%28", ")": "%29", "[": "%5B", "]": "%5D", "|": "%7C", "*": "%2A", "<": "%3C", ">": "%3E"}


def _html(text: str) -> str:
    return escape_html(text, quote=True)


def _anchor(words: str, url: str) -> str:
    return f'<a href="{escape_html(url, quote=True)}">{words}</a>'


def _matrix_anchor(words: str, url: str) -> str:
    """Return a link; one to matrix.to is a mention of whom it names, and is only shown."""
    return f"{words}: {_html(url.partition('#')[0])}" if _host(url).endswith("matrix.to") else _anchor(words, url)


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").rstrip(".")


def _markdown(text: str) -> str:
    return _MARKDOWN.sub(r"\\\g<0>", _AT.sub("＠", text))


def _begin_markdown(line: str) -> str:
    return _BEGINNING.sub(r"\g<1>\\", line)


def _markdown_link(words: str, url: str) -> str:
    return f"[{words}]({_target(url)})"


def _mrkdwn(text: str) -> str:
    """Return text without signs that Slack reads as marks: it knows no escape for them."""
    return _EDGE.sub("＿", _AT.sub("＠", text).translate(_LOOKALIKES))


def _slack(text: str) -> str:
    return escape_html(_mrkdwn(text), quote=False)


def _slack_link(words: str, url: str) -> str:
    return f"<{escape_html(_target(url), quote=False)}|{words.replace('|', '¦')}>"


def _google(text: str) -> str:
    return _mrkdwn(text).replace("<", "‹").replace(">", "›")


def _google_link(words: str, url: str) -> str:
    return f"<{_target(url)}|{words.replace('|', '¦')}>"


def _target(url: str) -> str:
    return "".join(_IN_TARGET.get(char, char) for char in url)


def _bare_link(_words: str, url: str) -> str:
    return url


_TICKS: Final = ("`", "`")
_STARS: Final = {Style.FACT: ("**", "**"), Style.ASIDE: ("*", "*"), Style.COMMAND: _TICKS}
_SINGLE: Final = {Style.FACT: ("*", "*"), Style.ASIDE: ("_", "_"), Style.COMMAND: _TICKS}
_TAGS: Final = {Style.FACT: ("<b>", "</b>"), Style.ASIDE: ("<i>", "</i>"), Style.COMMAND: ("<code>", "</code>")}
_NONE: Final = {Style.COMMAND: ("", "")}

SYNTAX: Final = {
    Format.TEXT: Syntax(escape=str, link=_bare_link, marks=_NONE, escape_command=str),
    Format.TELEGRAM_HTML: Syntax(escape=_html, link=_anchor, marks=_TAGS, escape_command=_html),
    Format.MATRIX_HTML: Syntax(
        escape=_html, link=_matrix_anchor, marks=_TAGS, escape_command=_html, line_end="<br>\n"
    ),
    Format.SLACK: Syntax(
        escape=_slack, link=_slack_link, marks=_SINGLE, escape_command=lambda text: escape_html(text, quote=False)
    ),
    Format.GOOGLE_CHAT: Syntax(escape=_google, link=_google_link, marks=_SINGLE, escape_command=_google),
    Format.DISCORD: Syntax(
        escape=_markdown, link=_markdown_link, marks=_STARS, escape_command=str, begin=_begin_markdown
    ),
    Format.MARKDOWN: Syntax(
        escape=_markdown,
        link=_markdown_link,
        marks=_STARS,
        escape_command=str,
        line_end="  \n",
        begin=_begin_markdown,
    ),
}  # fmt: skip
