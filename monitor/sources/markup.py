"""Markup: bytes from outside made readable text, in time that grows with their length and no faster.

In:  a feed's bytes with what was declared about them; strings with HTML in them.
Out: decoded text; plain text without tags, entities, control characters.
Not here: what an element means (parse.py), whole pages (extract.py).
"""

import codecs
import html
import re
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
_REFERENCE: Final = re.compile(r"&#(?:[xX]([0-9A-Fa-f]{1,8})|([0-9]{1,10}));")
_ENTITY: Final = re.compile(r"&([A-Za-z][A-Za-z0-9]{1,30});")
_BARE: Final = re.compile(r"&(?!(?:#[0-9]{1,10}|#[xX][0-9A-Fa-f]{1,8}|amp|lt|gt|quot|apos);)")
_XML_ENTITIES: Final = frozenset({"amp", "lt", "gt", "quot", "apos"})
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


def decode(body: bytes, content_type: str | None) -> tuple[str, str | None]:
    """Return the document's text, and a sentence about its characters where they were not as declared.

    A byte order mark counts before the declarations (RFC 7303, 3); a charset that is not one of the web's is ignored,
    as is one under which no markup shows.
    """
    candidates = _candidates(body, content_type)
    for charset in candidates:
        try:
            text = body.decode(charset)
        except (UnicodeError, LookupError):
            continue
        if "<" in text:
            is_odd = charset != candidates[0]
            return text.removeprefix("\ufeff"), "its characters are not in the declared charset" if is_odd else None
    return body.decode("utf-8", "replace").removeprefix("\ufeff"), "it holds bytes that are no characters"


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
        text = html.unescape(text)
    text = " ".join(clean(text).split())
    return text if len(text) <= max_chars else text[: max_chars - 1].rstrip() + "…"


def _candidates(body: bytes, content_type: str | None) -> list[str]:
    for mark, charset in _BOMS:
        if body.startswith(mark):
            return [charset, "utf-8"]
    head = body[:400].lstrip()
    for pattern, charset in _PATTERNS:
        if head.startswith(pattern):
            return [charset, "utf-8"]
    found = _DECLARED.match(head)
    inside = _known(found[1].decode("ascii")) if found else None
    named = [charset for charset in (declared_charset(content_type), inside) if charset]
    if (
        "utf-8" in named or not named
    ):  # a server's latin-1 is often its default; text that is valid UTF-8 hardly by chance
        named = ["utf-8", *(charset for charset in named if charset != "utf-8")]
    last = [] if _is_mostly_utf8(body) else ["windows-1252"]
    return [*named, *(charset for charset in ("utf-8", *last) if charset not in named)]


def _is_mostly_utf8(body: bytes) -> bool:
    text = body.decode("utf-8", "replace")
    return len(_BEYOND_ASCII.findall(text)) > text.count("\ufffd")


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
    name = entity[1]
    return entity[0] if name in _XML_ENTITIES else html5.get(name + ";", entity[0])


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
