"""Escape: make text from outside safe to show, in whatever it is shown.

In:  text and addresses that somebody else wrote.
Out: one clean line of text, the same for HTML, or a link that is only a link.
Not here: what a message says (render.py), what a terminal looks like (cli/face.py).
"""

import re
import unicodedata
from functools import lru_cache
from html import escape as escape_html
from urllib.parse import urlsplit

MARKS_MAX = 4  # combining marks in a row; pointed Hebrew needs 3, Vietnamese 2
LINK_MAX = 2_048  # characters; longer links are cut or refused by mail programs and chats

# Operating-system commands (titles, hyperlinks) end in BEL or ESC \, control sequences in a letter; others are short.
_TERMINAL = re.compile(
    r"(?:\x1b\]|\x9d)[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"
    r"|\x1b[ -/]*[0-~]?"
)
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")  # letters and symbols that show nothing
_HIDDEN = re.compile("[\u034f\ufff0-\uffff\U000e0000-\U000e0fff]")  # joiners, tags, selectors that carry hidden text
_JOINERS = frozenset("\u200c\u200d")  # spelling in Persian and Hindi, and in composed emoji
_JOINER_RUN = re.compile("[\u200c\u200d]+")
_PLAIN_LETTERS_END = "\u0600"  # no script below this one is spelt with joiners
_HANDLE = re.compile(r"@(?=everyone|here|channel|room|all\b)|(?<![\w.])@(?=[\w*])", re.IGNORECASE)
_CHAT_TAG = re.compile(r"<(?=[!@#])")
_SCHEME = re.compile(r"\b(javascript|vbscript|data(?=:[a-z]+/)|file(?=://)):", re.IGNORECASE)
_CHAT_LINK = re.compile(r"\](?=\()")
_SITE = re.compile(r"https?://[^/?#\s@\\]+(?:[/?#]|$)", re.IGNORECASE)
_UNSAFE_IN_LINK = frozenset("\"'<>`\\")
_HANDLE_IN_LINK = re.compile(r"@(?=everyone|here|channel|room|all\b)", re.IGNORECASE)


@lru_cache(maxsize=512)  # one alert is shown in several faces
def clean(text: str) -> str:
    """Return the text as one line that can be shown anywhere without doing anything.

    Controls, terminal commands, direction marks, invisible characters and lone surrogates go; white space
    becomes single spaces; runs of combining marks end after MARKS_MAX. Mentions lose their power by a
    full-width sign ('＠everyone', '＜!channel>'): unlike an inserted joiner it is visible, survives the
    white-space and invisible-character filters of Discord and Slack, and cleaning twice equals once.
    Likewise 'javascript：' and the '](' of a Markdown link, which gets a space.
    """
    visible = _collapse(_without_hidden(_TERMINAL.sub("", text)))
    tame = _CHAT_TAG.sub("＜", _HANDLE.sub("＠", visible))
    return _CHAT_LINK.sub("] ", _SCHEME.sub(r"\1：", tame))


def html(text: str) -> str:
    """Return the cleaned text, escaped for HTML elements and for quoted attributes."""
    return escape_html(clean(text), quote=True)


def safe_link(url: str) -> str | None:
    """Return the address if it is a plain web link that can be shown, else None.

    http and https only, with a host and without a user name, without spaces, quotes, backslashes or
    invisible characters, at most LINK_MAX characters. The '@' of a mention in it is written as %40.
    """
    if len(url) > LINK_MAX or not _SITE.match(url) or any(_is_unsafe_in_link(char) for char in url):
        return None
    try:
        host = urlsplit(url).hostname
    except ValueError:
        return None
    return _HANDLE_IN_LINK.sub("%40", url) if host else None


def site(link: str) -> str:
    """Return the host that a safe link leads to, in ASCII: what stands over a link must not look like another place."""
    host = urlsplit(link).hostname or ""
    try:
        return clean(host.encode("idna").decode("ascii"))
    except UnicodeError:  # no name that could be asked for
        return ascii(host)[1:-1]


def _without_hidden(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    shown = "".join(_shown(char) for char in _HIDDEN.sub("", text))
    return _JOINER_RUN.sub(_joiner, _cap_marks(shown))


@lru_cache(maxsize=4096)
def _shown(char: str) -> str:
    """Return the character, a space in its place, or nothing."""
    if char.isspace() or char in _BLANK:
        return " "
    category = unicodedata.category(char)
    if category in ("Cc", "Cf", "Cs", "Co") and char not in _JOINERS:
        return ""
    return " " if category in ("Zl", "Zp", "Zs") else char


def _collapse(text: str) -> str:
    return " ".join(text.split())


def _cap_marks(text: str) -> str:
    """Return the text with at most MARKS_MAX combining marks in a row; a joiner does not end the row."""
    kept: list[str] = []
    run = 0
    for char in text:
        if char not in _JOINERS:
            run = run + 1 if unicodedata.category(char) in ("Mn", "Me") else 0
        if run <= MARKS_MAX:
            kept.append(char)
    return "".join(kept)


def _joiner(run: re.Match[str]) -> str:
    """Return one joiner where it is part of the spelling, nothing elsewhere."""
    before, after = run.string[: run.start()][-1:], run.string[run.end() :][:1]
    spells = before >= _PLAIN_LETTERS_END and after >= _PLAIN_LETTERS_END
    return run.group()[0] if spells else ""


def _is_unsafe_in_link(char: str) -> bool:
    return char.isspace() or char in _UNSAFE_IN_LINK or unicodedata.category(char)[0] in "CZ"
