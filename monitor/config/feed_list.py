"""The list `feeds` as it stands in a file's text: items put in and taken out, every other character left as it is.

In:  the text of a configuration that loads.
Out: the same text with one list changed.
Not here: reading and replacing the file, checking what came of it (edit.py).

Writing a file anew from its values would lose spaces, quotes and comments. So nothing is written anew: YAML's own
scanner says where items, dashes and commas stand, and text is put in or taken out there.
"""

import json
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ruamel.yaml import YAML
from ruamel.yaml import tokens as kinds
from ruamel.yaml.events import (
    CollectionEndEvent,
    CollectionStartEvent,
    Event,
    MappingStartEvent,
    ScalarEvent,
    SequenceStartEvent,
)

from monitor.errors import MonitorError

Pairs = Sequence[tuple[str, str | bool]]  # the keys and values of one feed, in the order in which they shall stand

_WORD = r"[A-Za-z][\w./-]*"
_PLAIN = re.compile(rf"{_WORD}(?: {_WORD})*|https?://[A-Za-z0-9][\w.~/%+=?&@:-]*[\w/=]|(?:\d{{1,6}}[dhms])+", re.ASCII)
_NO_TEXT = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
_LINE_END = re.compile(r"\r\n|\n|\r")
_REST_OF_LINE = re.compile(r"[ \t]*(?:(?<=[ \t])#[^\r\n]*)?(?:\r\n|\n|\r|\Z)")
_COMMENT_LINE = re.compile(r"([ \t]*)#[^\r\n]*(?:\r\n|\n|\r|\Z)")


class EditError(MonitorError):
    """The file cannot be changed by a program; a person can."""


@dataclass(frozen=True, slots=True)
class _Item:
    start: int  # of what it says, behind dash and blanks
    end: int  # behind its last character, before any comment
    is_block: bool  # a mapping over several lines, without braces


@dataclass(frozen=True, slots=True, kw_only=True)
class _List:
    """Where the list stands; places are counted in characters."""

    items: tuple[_Item, ...]
    marks: tuple[int | None, ...]  # block: each item's dash; flow: the comma behind each item, None where there is none
    is_flow: bool
    is_json: bool  # the whole file stands in braces
    column: int  # of the key
    start: int  # flow: behind the opening bracket; block: behind the key's colon and what belongs to it
    end: int  # flow: of the closing bracket


def with_feeds(text: str, feeds: Sequence[Pairs]) -> str:
    """Return the text with the feeds at the end of its list, in the style of the last one there.

    Raises EditError: the list stands in a way that cannot be added to.
    """
    listed = _find(text)
    if not feeds:
        return text
    if not listed.is_flow:
        return _add_lines(text, listed, feeds)
    if listed.items:
        return _add_to_flow(text, listed, feeds)
    inside = text[listed.start : listed.end]
    if listed.is_json or inside.strip(" "):
        written = ", ".join(_flow(pairs, is_json=listed.is_json) for pairs in feeds)
        gap = " " if inside.startswith("#") else ""
        return text[: listed.start] + written + gap + text[listed.start :]
    return _open_list(text, listed, feeds)


def without_feed(text: str, index: int) -> str:
    """Return the text without the list's item `index`, counted from 0; with it goes the comment on its line.

    Raises EditError: the list stands in a way that cannot be taken from.
    """
    listed = _find(text)
    if not listed.is_flow:
        begin, end = _indented(text, listed, index)[0], _below(text, listed, index)
        emptied = " []" if len(listed.items) == 1 else ""
        return text[: listed.start] + emptied + text[listed.start : begin] + text[end:]
    for begin, end in sorted(_flow_cuts(text, listed, index), reverse=True):
        text = text[:begin] + text[end:]
    return text


def _find(text: str) -> _List:
    events = iter(YAML(typ="safe", pure=True).parse(text))
    root = next((event for event in events if isinstance(event, MappingStartEvent)), None)
    key: Event | None = None
    for event in events:
        if key is None:  # every second node of the root is a key
            if isinstance(event, CollectionEndEvent):
                break
            key = event
            _rest(events, event)
            continue
        if isinstance(key, ScalarEvent) and key.value == "feeds":
            if isinstance(event, SequenceStartEvent):
                return _listed(text, key, event, events, is_json=bool(root and root.flow_style))
            raise EditError("`feeds` is no list of its own, but a reference to one; change it by hand")
        _rest(events, event)
        key = None
    raise EditError("`feeds` does not stand in the file itself; change it by hand")


def _listed(
    text: str, key: ScalarEvent, opening: SequenceStartEvent, events: Iterator[Event], *, is_json: bool
) -> _List:
    items: list[_Item] = []
    event: Event = opening
    for event in events:
        if isinstance(event, CollectionEndEvent):
            break
        is_block = isinstance(event, MappingStartEvent) and not event.flow_style
        items.append(_Item(event.start_mark.index, _rest(events, event), is_block))
    is_flow, end = bool(opening.flow_style), event.start_mark.index
    tokens = list(YAML(typ="safe", pure=True).scan(text))
    return _List(
        items=tuple(items),
        marks=_commas(tokens, items, end) if is_flow else _dashes(tokens, items),
        is_flow=is_flow,
        is_json=is_json,
        column=key.start_mark.column,
        start=opening.end_mark.index if is_flow else _own_end(tokens, key.end_mark.index),
        end=end,
    )


def _rest(events: Iterator[Event], first: Event) -> int:
    """Consume the node that began with `first`; return where what it says ends."""
    end = int(first.end_mark.index)
    open_flows = [bool(first.flow_style)] if isinstance(first, CollectionStartEvent) else []
    while open_flows:
        event = next(events)
        if isinstance(event, CollectionStartEvent):
            open_flows.append(bool(event.flow_style))
        elif not isinstance(event, CollectionEndEvent) or open_flows.pop():
            end = int(event.end_mark.index)  # a block ends where the next thing begins, which says nothing
    return end


def _dashes(tokens: Sequence[kinds.Token], items: Sequence[_Item]) -> tuple[int | None, ...]:
    """Return the dash before each item."""
    places = [token.start_mark.index for token in tokens if isinstance(token, kinds.BlockEntryToken)]
    return tuple(places[bisect_right(places, item.start) - 1] for item in items)


def _commas(tokens: Sequence[kinds.Token], items: Sequence[_Item], end: int) -> tuple[int | None, ...]:
    """Return the comma behind each item; None where there is none."""
    places = [token.start_mark.index for token in tokens if isinstance(token, kinds.FlowEntryToken)]
    found = (bisect_left(places, item.end) for item in items)
    return tuple(places[n] if n < len(places) and places[n] < end else None for n in found)


def _own_end(tokens: Sequence[kinds.Token], key_end: int) -> int:
    """Return where a key's colon ends, and an anchor or tag behind it: what stands before the first dash."""
    end = key_end
    for token in tokens:
        if token.start_mark.index >= key_end:
            if not isinstance(token, kinds.ValueToken | kinds.AnchorToken | kinds.TagToken):
                if not isinstance(token, kinds.BlockSequenceStartToken):
                    break
                continue
            end = token.end_mark.index
    return end


def _add_lines(text: str, listed: _List, feeds: Sequence[Pairs]) -> str:
    last = listed.items[-1]
    begin, indent = _indented(text, listed, -1)
    dash = begin + len(indent)
    gap = text[dash + 1 : last.start] if _LINE_END.search(text, dash, last.start) is None else " "
    newline = _newline(text, begin)
    if last.is_block:
        joint = newline + indent + " " + " " * len(gap)
        written = [joint.join(f"{key}: {_value(value)}" for key, value in pairs) for pairs in feeds]
    else:
        written = [_flow(pairs, text[last.start : last.end]) for pairs in feeds]
    lines = [f"{indent}-{gap if gap.isspace() else ' '}{each}" for each in written]
    return _put_lines(text, _below(text, listed, -1), lines, newline)


def _open_list(text: str, listed: _List, feeds: Sequence[Pairs]) -> str:
    """Return the text with lines of their own in place of `[]`."""
    opened = listed.start - 1
    kept = text[:opened].rstrip(" \t")
    text = kept + text[listed.end + 1 :]
    newline = _newline(text, len(kept))
    lines = [" " * (listed.column + 2) + "- " + _flow(pairs) for pairs in feeds]
    return _put_lines(text, _line_after(text, len(kept)), lines, newline)


def _add_to_flow(text: str, listed: _List, feeds: Sequence[Pairs]) -> str:
    last, comma = listed.items[-1], listed.marks[-1]
    written = [_flow(pairs, text[last.start : last.end], is_json=listed.is_json) for pairs in feeds]
    said = last.end if comma is None else comma + 1
    begin = _line_start(text, last.start)
    indent = text[begin : last.start]
    if indent.strip():  # it shares its line with what stands before it
        return text[:said] + ("," if comma is None else "") + " " + ", ".join(written) + text[said:]
    newline = _newline(text, begin)
    tail = "" if comma is None else ","
    added = f",{newline}".join(indent + each for each in written) + tail
    if comma is None:
        text, said = text[:said] + "," + text[said:], said + 1
    behind = _REST_OF_LINE.match(text, said)
    if behind is None:  # the closing bracket stands on the last item's line
        return text[:said] + newline + added + text[said:]
    return text[: behind.end()] + added + newline + text[behind.end() :]


def _flow_cuts(text: str, listed: _List, index: int) -> list[tuple[int, int]]:
    """Return the ranges of text that go with an item: itself, one comma, and its line where it has that to itself."""
    item, comma = listed.items[index], listed.marks[index]
    before = listed.marks[index - 1] if index else None
    cuts = [] if comma is not None or before is None else [(before, before + 1)]
    begin, end = item.start, item.end if comma is None else comma + 1
    line = _line_start(text, begin)
    behind = _REST_OF_LINE.match(text, end)
    if behind and not text[line:begin].strip():
        return [*cuts, (line, behind.end())]
    if cuts and not _LINE_END.search(text, cuts[0][0], begin):
        return [(cuts[0][0], end)]
    if comma is not None:
        end = next(at for at in range(end, len(text) + 1) if text[at : at + 1] not in (" ", "\t"))
    return [*cuts, (begin, end)]


def _flow(pairs: Pairs, model: str = "{ }", *, is_json: bool = False) -> str:
    """Return a feed on one line, with quotes and blanks as `model` has them."""
    is_quoted = is_json or model.startswith(('{"', '{ "'))
    pad = " " if model.startswith("{ ") or not model.startswith("{") else ""
    shown = ((json.dumps(key) if is_quoted else key, _value(value, is_quoted=is_quoted)) for key, value in pairs)
    return "{" + pad + ", ".join(f"{key}: {value}" for key, value in shown) + pad + "}"


def _value(value: str | bool, *, is_quoted: bool = False) -> str:
    """Return a value as YAML that means exactly it; what could mean anything else stands in JSON's quotes."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not is_quoted and _PLAIN.fullmatch(value) and value.lower() not in _NO_TEXT:
        return value
    return json.dumps(value.replace("${", "$${"), ensure_ascii=False)


def _indented(text: str, listed: _List, index: int) -> tuple[int, str]:
    """Return where the line of an item's dash begins, and the blanks before the dash."""
    dash = listed.marks[index] or 0
    begin = _line_start(text, dash)
    if text[begin:dash].strip():
        raise EditError("an item of `feeds` does not begin its own line; change it by hand")
    return begin, text[begin:dash]


def _below(text: str, listed: _List, index: int) -> int:
    """Return where the lines of an item end, comments that are indented deeper than its dash among them."""
    at = _line_after(text, listed.items[index].end)
    width = len(_indented(text, listed, index)[1])
    while (comment := _COMMENT_LINE.match(text, at)) and len(comment[1]) > width and comment.end() > at:
        at = comment.end()
    return at


def _line_start(text: str, at: int) -> int:
    return max(text.rfind("\n", 0, at), text.rfind("\r", 0, at)) + 1


def _line_after(text: str, at: int) -> int:
    """Return where the line after `at` begins; `at` itself where it begins one, as it does behind a block scalar."""
    if at and text[at - 1] in "\r\n":
        return at
    found = _LINE_END.search(text, at)
    return found.end() if found else len(text)


def _put_lines(text: str, at: int, lines: Sequence[str], newline: str) -> str:
    if at and text[at - 1] not in "\r\n":  # the file's last line has no end, and gets none
        return text[:at] + "".join(newline + line for line in lines) + text[at:]
    return text[:at] + "".join(line + newline for line in lines) + text[at:]


def _newline(text: str, at: int) -> str:
    """Return how the line at `at` ends; the last one as the first one."""
    found = _LINE_END.search(text, at) or _LINE_END.search(text)
    return found[0] if found else "\n"
