"""Page tree: the bytes of a page as a tree of what its reader sees.

In:  the body of a page, in whatever charset.
Out: an element tree without what no reader sees and without what costs its readers more than linear time; None where
     the bytes are no page.
Not here: which of it is the article (extract.py), what it says about itself (metadata.py).

Text hidden from eyes is no evidence, and a script is no article. Style sheets are not read: that would take a browser.
"""

import json
import re
from typing import Any, Final

import trafilatura
from lxml import etree
from lxml.html import HtmlElement
from resiliparse.parse.encoding import bytes_to_str, detect_encoding

MAX_ATTRIBUTES: Final = 200  # of one element; parsing them is quadratic: 35,000 took 7 s
MAX_ATTRIBUTE_CHARS: Final = 20_000  # 400,000 that look like comments took 9 s to write out again
STRAY: Final = (
    2  # letters beyond ASCII that are right for each broken one, and a page is UTF-8: in another charset none is
)
MAX_METAS: Final = 200  # 500 that name an author took 5 s; a page has some 40
MAX_META_CHARS: Final = 2_000  # of one of them
MAX_JSON_CHARS: Final = 1_000  # of one string in JSON-LD; an author of 34 kB of quotes took 3 s
MAX_JSON_VALUES: Final = 100  # of one list or object in it
_PLAIN_JSON_CHARS: Final = 2_000  # what is no longer is left as it is
_LONG_PIECE: Final = 20_000  # between two "<" of a page; under that a tag has no attributes to speak of

# A tag as far as it may go, and what follows of its attributes. Nothing is tried twice: the groups are possessive.
_ATTRIBUTE: Final = r"""[\s/]++[^\s/>=]++(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s>"']++))?+"""
_CROWD: Final = re.compile(rf"([A-Za-z][^\s/>]*+(?:{_ATTRIBUTE}){{{MAX_ATTRIBUTES}}})(?:{_ATTRIBUTE})++")
_LONG_ATTRIBUTES: Final = etree.XPath(f"//@*[string-length() > {MAX_ATTRIBUTE_CHARS}]/..")
_MARKED: Final = etree.XPath("//*[@style or @hidden or @popover or @aria-hidden]")
_FRAME: Final = ("nav", "aside", "footer")
# Some hide the whole page until their script has run.
_NEVER_HIDDEN: Final = frozenset({"html", "body"})
_HARDLY_HIDDEN: Final = frozenset({"main", "article"})  # unless something else is to be read there
_ENOUGH_CHARS: Final = 600
_NEVER_SEEN: Final = frozenset({"script", "style", "template", "noscript", "svg", "iframe"})
_SOMETIMES_SEEN: Final = "dialog"
_HIDING_STYLE: Final = re.compile(
    r"display:none|(?:content-)?visibility:(?:hidden|collapse)|(?<![a-z-])opacity:(?:0|0?\.0+)%?(?:;|!|$)|"
    r"opacity\((?:0|0?\.0+)%?\)|font-size:(?:0(?:\.\d+)?|1)(?:px|pt)?(?:;|!|$)|(?:^|;)color:transparent|"
    r"(?:^|;)color:(#?\w{1,30})(?:;.{0,200})?;background(?:-color)?:\1(?:;|!|$)|"
    r"(?:^|;)background(?:-color)?:(#?\w{1,30})(?:;.{0,200})?;color:\2(?:;|!|$)|"
    r"clip:rect\(0|clip-path:inset\((?:50|100)%|(?:left|top|text-indent|margin-left|margin-top):-\d{3,}|"
    r"transform:scale\(0\)|(?:^|;)(?:width|height|max-height|max-width):0(?:px)?(?:;|!|$)"
)
# One class for every element: to ask lxml for that of each form and label takes a twentieth of the reading.
trafilatura.utils.HTML_PARSER.set_element_class_lookup(etree.ElementDefaultClassLookup(element=HtmlElement))
_STYLE_COMMENT: Final = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)  # one that is not closed goes on to the end


def decoded(html: bytes, charset: str | None = None) -> str:
    """Return the text of a page's bytes: UTF-8 where they are that, else in the charset they declare or look like.

    charset: what their host says that they are written in, which goes before what the page says.
    """
    try:
        return html.decode("utf-8-sig")
    except UnicodeDecodeError:
        mended = html.decode("utf-8-sig", "replace")
        broken = mended.count("\ufffd")
        if broken * STRAY <= len(mended) - len(mended.encode("ascii", "ignore")) - broken:
            return mended
        return bytes_to_str(html, charset or detect_encoding(html, from_html_meta=True) or "utf-8", errors="replace")


def tree_of(text: str) -> Any | None:
    """Return the tree of what a page shows; None where it is no page."""
    tree = trafilatura.load_html(_without_crowds(text)) if text.strip() else None
    if tree is not None:
        _thin(tree)
        _blind(tree)
        _shorten_json(tree)
    return tree


def unframe(tree: Any) -> bool:
    """Take out of a tree what a page says that it has around its article; return whether there was any.

    A third of a page's elements. Its reader throws them away as well, but looks through them a dozen times before.
    """
    frame = [element for element in tree.iter(*_FRAME) if element.find(".//script") is None]  # JSON-LD speaks for all
    _strip(tree, frame)
    return bool(frame)


def json_ld(tree: Any) -> list[Any]:
    """Return what the page's JSON-LD scripts say, those that can be read."""
    told = []
    for script in tree.iterfind(".//script"):
        try:
            told.append(json.loads(script.text or "", strict=False))
        except (ValueError, RecursionError):
            continue
    return told


def _without_crowds(text: str) -> str:
    pieces = text.split("<")
    if max(map(len, pieces)) <= _LONG_PIECE:
        return text
    for at, piece in enumerate(pieces):
        if len(piece) > _LONG_PIECE and (crowd := _CROWD.match(piece)):
            pieces[at] = crowd[1] + piece[crowd.end() :]
    return "<".join(pieces)


def _thin(tree: Any) -> None:
    for at, meta in enumerate(tree.findall(".//meta")):
        if at >= MAX_METAS:
            meta.drop_tree()
        elif len(content := meta.get("content") or "") > MAX_META_CHARS:
            meta.set("content", content[:MAX_META_CHARS])
    for element in _LONG_ATTRIBUTES(tree):
        for name, value in element.items():
            if len(value) > MAX_ATTRIBUTE_CHARS:
                del element.attrib[name]


def _blind(tree: Any) -> None:
    """Take out of the tree what nobody is to see; what follows it stays."""
    unseen = [element for element in tree.iter(*_NEVER_SEEN, _SOMETIMES_SEEN) if _is_unseen(element)]
    marked = [element for element in _MARKED(tree) if _is_unseen(element)]
    hidden = [element for element in marked if element.tag in _HARDLY_HIDDEN]
    unseen += [element for element in marked if element.tag not in _HARDLY_HIDDEN]
    if hidden and _has_more(tree, hidden):
        unseen += hidden
    _strip(tree, unseen)


def _strip(tree: Any, elements: list[Any]) -> None:
    """Take elements out of a tree; what follows them stays."""
    for element in elements:
        element.tag = "unseen"
    if elements:
        etree.strip_elements(tree, "unseen", with_tail=False)


def _has_more(tree: Any, hidden: list[Any]) -> bool:
    """Whether a page shows enough beside its hidden articles."""
    shown = sum(len(text.strip()) for each in tree.iter("p") for text in each.itertext())
    beside = sum(len(text.strip()) for each in hidden for part in each.iter("p") for text in part.itertext())
    return shown - beside >= _ENOUGH_CHARS


def _is_unseen(element: Any) -> bool:
    name = element.tag
    if name in _NEVER_SEEN:
        return name != "script" or "ld+json" not in (element.get("type") or "")
    if name in _NEVER_HIDDEN:
        return False
    if any(element.get(each) is not None for each in ("hidden", "popover")) or element.get("aria-hidden") == "true":
        return True
    return _hides(element.get("style")) or (name == _SOMETIMES_SEEN and element.get("open") is None)


def _hides(style: str | None) -> bool:
    if not style:
        return False
    written = _STYLE_COMMENT.sub("", style) if "/*" in style else style
    return _HIDING_STYLE.search("".join(written.split()).lower()) is not None


def _shorten_json(tree: Any) -> None:
    for script in tree.findall(".//script"):
        text = script.text or ""
        if len(text) <= _PLAIN_JSON_CHARS:
            continue
        try:
            script.text = json.dumps(_shortened(json.loads(text, strict=False)), ensure_ascii=False)
        except (ValueError, RecursionError):
            script.text = ""


def _shortened(told: Any) -> Any:
    if isinstance(told, dict):
        few = list(told.items())[:MAX_JSON_VALUES]
        return {key[:100]: _shortened(value) for key, value in few if key != "articleBody"}
    if isinstance(told, list):
        return [_shortened(value) for value in told[:MAX_JSON_VALUES]]
    return " ".join(told[:MAX_JSON_CHARS].split()) if isinstance(told, str) else told
