"""Markup: bytes from outside made readable text, in time that grows with their length and no faster.

In:  a feed's bytes with what was declared about them; strings with HTML in them.
Out: decoded text; plain text without tags, entities, control characters.
Not here: what an element means (parse.py), whole pages (extract.py).
"""

import codecs
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.entities import html5
from typing import Final

# Charsets that text on the web is truly written in. Others that Python knows (punycode, unicode_escape, idna ...) cost
# more than linear time, raise odd errors or decode to what no reader of the feed would see.
_CHARSET: Final = re.compile(
    r"(?:us-)?ascii|utf-?8|utf-?(?:16|32)(?:-?[bl]e)?|(?:iso-?8859|windows|cp)-?\d{1,5}|latin-?1|"
    r"koi8-[rut]|gb2312|gbk|gb18030|big5(?:-hkscs)?|shift[_-]?jis|euc-(?:jp|kr)|tis-620|mac(?:intosh|cyrillic)?"
)
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_PATTERNS: Final = ((b"<\0\0\0", "utf-32-le"), (b"\0\0\0<", "utf-32-be"), (b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"))
_DECLARED: Final = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s{0,9}=\s{0,9}["']([A-Za-z0-9._-]{1,40})["']""")
_PARAMETER: Final = re.compile(r"""charset\s{0,9}=\s{0,9}["']?([A-Za-z0-9._:-]{1,40})""", re.IGNORECASE)
_BEYOND_ASCII: Final = re.compile(r"[^\x00-\x7f\ufffd]")
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
# The same in UTF-8 bytes, found three times as fast: what stands alone, and what begins with a byte of its own.
_CONTROL_BYTES: Final = bytes([*range(9), 11, 12, *range(14, 32), 127])
_CONTROL_PAIRS: Final = (re.compile(rb"\xc2[\x80-\x9f]"), re.compile(rb"\xef\xbf[\xbe\xbf]"))
_REFERENCE: Final = re.compile(r"&#(?:[xX]([0-9A-Fa-f]{1,8})|([0-9]{1,10}));")
_ENTITY: Final = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)([A-Za-z][A-Za-z0-9]{1,30});")
_ENDLESS: Final = re.compile(r"&#(?:[0-9]{11,}|[xX][0-9A-Fa-f]{11,});?")  # no character has a number so long
_WHOLE_REFERENCE: Final = re.compile(r"&(?:#[0-9]{1,10}|#[xX][0-9A-Fa-f]{1,10}|[A-Za-z][A-Za-z0-9]{1,30});")
_BARE: Final = re.compile(r"&(?!(?:#[0-9]{1,10}|#[xX][0-9A-Fa-f]{1,8}|amp|lt|gt|quot|apos);)")
_HIDDEN: Final = re.compile(r"<(script|style|template|noscript)(?=[\s/>])|<!--", re.IGNORECASE)
_CLOSERS: Final = {
    "": re.compile("-->"),
    **{name: re.compile(f"</{name}[^<>]*>", re.IGNORECASE) for name in ("script", "style", "template", "noscript")},
}
_BREAK: Final = re.compile(
    r"</?(?:p|div|br|hr|li|ul|ol|dl|dt|dd|h[1-6]|tr|td|th|table|section|article|blockquote|figure|figcaption|header|"
    r"footer|pre|aside|option)(?=[\s/>])[^<>]*>",
    re.IGNORECASE,
)
_TAG: Final = re.compile(r"</?[A-Za-z!?][^<>]*>")
MAX_MARKUP_CHARS: Final = 200_000  # of one field; what stands behind it is not read
MAX_REFERENCES: Final = 2_000  # of one field, read the lenient way that takes 1 us for each ampersand


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """A document's text, without the control characters that XML forbids."""

    text: str
    is_wide: bool  # it came as UTF-16 or UTF-32
    odd: str | None  # a sentence about its characters where they were not as declared


def decode(body: bytes, content_type: str | None) -> Decoded:
    """Return the document's text.

    A byte order mark counts before the declarations (RFC 7303, 3); a charset that is not one of the web's is ignored,
    as is one under which no markup shows.
    """
    first = None
    for charset in _candidates(body, content_type):
        first = first or charset
        try:
            text = body.decode(charset)
        except (UnicodeError, LookupError):
            continue
        if "<" in text:
            if charset != "utf-8" or _may_hold_controls(body):
                text = clean(text)
            odd = "its characters are not in the declared charset" if charset != first else None
            is_wide = charset.startswith(("utf-16", "utf-32"))
            return Decoded(text=text.removeprefix("\ufeff"), is_wide=is_wide, odd=odd)
    text = clean(body.decode("utf-8", "replace")).removeprefix("\ufeff")
    return Decoded(text=text, is_wide=False, odd="it holds bytes that are no characters")


def declared_charset(content_type: str | None) -> str | None:
    """Return the charset of a Content-Type header if it is one of the web's, else None."""
    found = _PARAMETER.search((content_type or "")[:500])
    return _known(found[1]) if found else None


def clean(text: str) -> str:
    """Return the text without control characters, NUL and lone surrogates; line ends and tabs stay."""
    return _CONTROLS.sub("", text)


def clean_references(text: str) -> str:
    """Return XML text without references to characters that XML forbids, and with HTML's named ones spelled out."""
    return _ENTITY.sub(_named, _REFERENCE.sub(_legal, text)) if "&" in text else text


def mend_ampersands(text: str) -> str:
    """Return XML text whose every ampersand outside CDATA begins a reference that XML knows; linear in its length."""
    if not _BARE.search(text):
        return text
    first, *sections = text.split("<![CDATA[")
    mended = [_BARE.sub("&amp;", first)]
    for section in sections:
        inside, closing, outside = section.partition("]]>")
        mended.append(inside + closing + _BARE.sub("&amp;", outside))
    return "<![CDATA[".join(mended)


def plain(markup: str, max_chars: int) -> str:
    """Return what a reader sees of a piece of HTML, on one line, at most max_chars long (an ellipsis marks the cut)."""
    text = markup[:MAX_MARKUP_CHARS]
    if "<" in text:
        text = _TAG.sub("", _BREAK.sub(" ", _without_hidden(text)))
    if "&" in text:
        text = _unescaped(text)
    return one_line(text, max_chars)


def one_line(text: str, max_chars: int) -> str:
    """Return plain text on one line, at most max_chars long (an ellipsis marks the cut)."""
    text = " ".join(clean(text).split())
    return text if len(text) <= max_chars else text[: max_chars - 1].rstrip() + "…"


def _unescaped(text: str) -> str:
    text = _ENDLESS.sub("", text)
    if text.count("&") <= MAX_REFERENCES:
        return html.unescape(text)
    # What is full of ampersands is read quicker where only references that end as they should count as such.
    return _WHOLE_REFERENCE.sub(lambda reference: html.unescape(reference[0]), text)


def _candidates(body: bytes, content_type: str | None) -> Iterator[str]:
    """Give the charsets to try, the likeliest first; what is costly to find out is found out last."""
    for mark, charset in _BOMS:
        if body.startswith(mark):
            yield from (charset, "utf-8")
            return
    head = body[:400].lstrip()
    for pattern, charset in _PATTERNS:
        if head.startswith(pattern):
            yield from (charset, "utf-8")
            return
    found = _DECLARED.match(head)
    inside = _known(found[1].decode("ascii")) if found else None
    named = [charset for charset in (declared_charset(content_type), inside) if charset]
    # A server's latin-1 is often its default; text that is valid UTF-8 is so hardly by chance.
    if "utf-8" in named or not named:
        named = ["utf-8", *(charset for charset in named if charset != "utf-8")]
    yield from named
    if "utf-8" not in named:
        yield "utf-8"
    if "windows-1252" not in named and not _is_mostly_utf8(body):
        yield "windows-1252"


def _is_mostly_utf8(body: bytes) -> bool:
    text = body.decode("utf-8", "replace")
    return len(_BEYOND_ASCII.findall(text)) > text.count("\ufffd")


def _may_hold_controls(body: bytes) -> bool:
    """Return whether UTF-8 bytes hold what clean() takes out."""
    is_plain = len(body.translate(None, _CONTROL_BYTES)) == len(body)
    return not is_plain or any(pair.search(body) for pair in _CONTROL_PAIRS)


def _known(charset: str) -> str | None:
    name = charset.strip().lower()
    if not _CHARSET.fullmatch(name):
        return None
    try:
        found = codecs.lookup(name).name
    except LookupError:
        return None
    # Pages declared as Latin-1 or ASCII are Windows-1252 in truth (WHATWG Encoding).
    return "windows-1252" if found in ("iso8859-1", "ascii", "cp1252") else found


def _legal(reference: re.Match[str]) -> str:
    code = int(reference[1], 16) if reference[1] else int(reference[2])
    is_legal = code in (9, 10, 13) or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or 0x10000 <= code <= 0x10FFFF
    return reference[0] if is_legal else ""


def _named(entity: re.Match[str]) -> str:
    return html5.get(entity[1] + ";", entity[0])


def _without_hidden(text: str) -> str:
    kept: list[str] = []
    at = 0
    while opener := _HIDDEN.search(text, at):
        kept.append(text[at : opener.start()])
        closer = _CLOSERS[(opener[1] or "").lower()].search(text, opener.end())
        if closer is None:
            return " ".join(kept)  # never closed: nothing behind it is shown
        at = closer.end()
    kept.append(text[at:])
    return " ".join(kept) if len(kept) > 1 else text
