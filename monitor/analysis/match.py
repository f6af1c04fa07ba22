"""Matching: which queries a text meets, and where.

In:  a text with its title, outlet and language; all queries at once.
Out: for each query that is met the places that meet it, in characters of the text as it came.
Not here: reading queries (query.py), what is new (novelty.py).

One automaton finds the literals of all queries in the folded text; only queries with a literal in the text, or none
that they need, are evaluated. The cost grows with the text and its hits, not with the number of queries.
A name is found behind hidden characters, accents, look-alike letters, dots (M.I.N.U.S.M.A.), a Turkish I with or
without its dot, and a hyphen at a line break; not behind spaced letters (M A L I), digits for letters (M4LI) or
reversed text.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final, assert_never

from ahocorasick_rs import AhoCorasick

from monitor.analysis.query import (
    And,
    Everything,
    InPart,
    Language,
    Named,
    Node,
    Not,
    Or,
    Outlet,
    Part,
    Phrase,
    Query,
    Word,
)
from monitor.model.watch import Mention, Span
from monitor.text.fold import Folded, fold, plain
from monitor.text.tokens import UNSPACED, WORD_SIGNS, Token, is_unspaced, is_word, respelled, tokens

_WILDCARD: Final = re.compile(r"[*?]")
_ARABIC: Final = re.compile("[\u0600-\u06ff]")
# And or so; by, like, to or for; the. They are written together with the word.
_CLITICS: Final = re.compile("[وف]?(?:[بك]?(?:ال)?|ل|لل)")
_ARTICLE, _TO_THE = "ال", "لل"  # after "to" the article loses its first letter
_LETTER: Final = rf"(?:(?![_{UNSPACED}])[\w{WORD_SIGNS}])"
_END: Final = rf"(?![^\W_]|[{WORD_SIGNS}])|(?=[{UNSPACED}])"
_FEW: Final = 16  # alternatives; more are looked up by their literals
_HANGUL: Final = ("가", "힣")  # particles follow a Korean word without a space


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchText:
    """A text as queries see it."""

    text: str  # the whole: title, line breaks, body; mentions count its characters
    title_end: int = 0  # where the title ends; 0 if there is none
    outlet: str = ""
    language: str = "und"


class Matcher:
    """Holds texts against a fixed set of queries. Safe to share between threads."""

    def __init__(self, queries: Mapping[str, Query]) -> None:
        self._queries = tuple(queries.items())
        roots = [query.root for query in queries.values()]
        self._always = frozenset(number for number, root in enumerate(roots) if _may_hold_without_words(root))
        wanted: dict[str, list[int]] = defaultdict(list)
        for number, root in enumerate(roots):
            for literal in _literals(root):
                wanted[literal].append(number)
        self._wanted_by = tuple(frozenset(numbers) for numbers in wanted.values())
        self._plan = _Plan(
            literals=tuple(wanted),
            automaton=AhoCorasick(tuple(wanted), store_patterns=False),
            branches={id(node): _branches(node) for root in roots for node in _wide(root)},
        )

    def match(self, text: MatchText) -> dict[str, tuple[Mention, ...]]:
        """Return the queries that the text meets, in the order they were given, each with its mentions in text order.

        A query that is met by no word (`*:*`, `NOT x`, `lang:fr`) has no mentions.
        """
        found = _Found(text, self._plan)
        numbers = self._always.union(*(self._wanted_by[index] for index in found.indexes))
        met: dict[str, tuple[Mention, ...]] = {}
        for name, query in (self._queries[number] for number in sorted(numbers)):
            spans = found.meet(query.root, None)
            if spans is not None:
                met[name] = tuple(Mention(span=span, text=text.text[slice(*span)]) for span in _outermost(spans))
        return met


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """What is prepared once for all texts."""

    literals: tuple[str, ...]
    automaton: AhoCorasick
    branches: Mapping[int, Mapping[str | None, tuple[Node, ...]]]  # by id of an Or or Named with many alternatives


class _Found:
    """What stands in one text: the literals at once, tokens when a phrase asks for them."""

    def __init__(self, text: MatchText, plan: _Plan) -> None:
        self._text = text
        self._branches = plan.branches
        self._folded: Folded = fold(text.text)
        self._respelled = respelled(self._folded.text)
        # Words that stand there in another spelling follow the text, each on a line of its own.
        self._haystack = "\n".join((self._folded.text, *(token.text for token in self._respelled)))
        self._hits: dict[str, list[int]] = defaultdict(list)  # literal: where a word begins with it
        self.indexes: set[int] = set()
        for index, start, _ in plan.automaton.find_matches_as_indexes(self._haystack, overlapping=True):
            if _begins(self._haystack, start):
                self._hits[plan.literals[index]].append(start)
                self.indexes.add(index)

    def meet(self, node: Node, part: Part | None) -> list[Span] | None:
        """Return the spans that meet a node within a part of the text, or None where it is not met."""
        match node:
            case Word() | Phrase():
                return self._places(node, part) or None
            case Named():
                return self._named(node, part) or None
            case And():
                found = [self.meet(one, part) for one in node.nodes]
                return None if None in found else [span for spans in found if spans for span in spans]
            case Or():
                either = [spans for one in self._alternatives(node) if (spans := self.meet(one, part)) is not None]
                return [span for spans in either for span in spans] if either else None
            case Not():
                return [] if self.meet(node.node, part) is None else None
            case InPart():
                return self.meet(node.node, node.part)
            case Outlet() | Language() | Everything():
                return [] if self._is_from(node) else None
            case _:
                assert_never(node)

    def _alternatives(self, node: Or | Named) -> Iterable[Node]:
        """Return the alternatives that can be met here: of a long list only those with a literal in the text."""
        branches = self._branches.get(id(node))
        if branches is None:
            return _alternatives(node)
        return [one for literal in (None, *self._hits) for one in branches.get(literal, ())]

    def _is_from(self, node: Outlet | Language | Everything) -> bool:
        match node:
            case Outlet():
                return bool(_Tokens(self._text.outlet).places(node.name, None, 0))
            case Language():
                return plain(self._text.language).partition("-")[0] == node.code
            case Everything():
                return True
            case _:
                assert_never(node)

    def _named(self, term: Named, part: Part | None) -> list[Span]:
        places = [span for one in self._alternatives(term) for span in self.meet(one, part) or ()]
        if not places or not term.never:
            return places
        never = [span for one in term.never for span in self._places(one, None)]
        return [span for span in places if not any(_overlap(span, other) for other in never)]

    def _places(self, node: Word | Phrase, part: Part | None) -> list[Span]:
        if isinstance(node, Word):
            return [span for span in self._words(node) if _is_in(span, part, self._text.title_end)]
        if all(any(literal in self._haystack for literal in _openings(word)) for word in node.words):
            return self._tokens.places(node, part, self._text.title_end)
        return []

    def _words(self, word: Word) -> Iterator[Span]:
        for literal, ending in _endings(word):
            for start in self._hits.get(literal, ()):
                end = ending.match(self._haystack, start + len(literal))
                if end is not None:
                    yield self._span(start, end.end())

    def _span(self, start: int, end: int) -> Span:
        behind = len(self._folded.text)
        if end <= behind:
            return self._folded.span(start, end)
        line = self._haystack.count("\n", behind, start) - 1
        return self._folded.span(self._respelled[line].start, self._respelled[line].end)

    @cached_property
    def _tokens(self) -> "_Tokens":
        return _Tokens(self._text.text)


class _Tokens:
    """The tokens of a text, by their words."""

    def __init__(self, text: str) -> None:
        self._all: tuple[Token, ...] = tokens(text)
        self._by_text: dict[str, list[int]] = defaultdict(list)
        for at, token in enumerate(self._all):
            self._by_text[token.text].append(at)

    def places(self, node: Word | Phrase, part: Part | None, title_end: int) -> list[Span]:
        """Return the spans of a word or phrase within a part of the text."""
        words = (node,) if isinstance(node, Word) else node.words
        slop = None if isinstance(node, Word) else node.slop
        found = [[at for at in self._at(word) if _is_in(self._cover(at, at), part, title_end)] for word in words]
        if slop is None:
            return [self._cover(at, at + len(words) - 1) for at in _adjacent(found)]
        return [self._cover(at, at) for at in _near(found, slop)]

    def _at(self, word: Word) -> list[int]:
        """Return where a word stands, in order."""
        if not _WILDCARD.search(word.text) and not _ARABIC.match(word.text):
            return self._by_text.get(word.text, [])
        fits = _fitting(word)
        return sorted(at for text, places in self._by_text.items() if fits.fullmatch(text) for at in places)

    def _cover(self, first: int, last: int) -> Span:
        return self._all[first].start, self._all[last].end


def _may_hold_without_words(node: Node) -> bool:
    """Whether a node can be met by a text that has none of its literals."""
    match node:
        case Word() | Phrase() | Named():
            return False
        case InPart():
            return _may_hold_without_words(node.node)
        case And():
            return all(_may_hold_without_words(one) for one in node.nodes)
        case Or():
            return any(_may_hold_without_words(one) for one in node.nodes)
        case Not() | Outlet() | Language() | Everything():
            return True
        case _:
            assert_never(node)


def _literals(node: Node) -> Iterator[str]:
    """Return the literals by which the automaton finds a node; of a phrase its longest word's."""
    match node:
        case Word():
            yield from _openings(node)
        case Phrase():
            yield from _openings(max(node.words, key=lambda word: len(_openings(word)[0])))
        case Named():
            for one in (*node.any, *node.never):
                yield from _literals(one)
        case And() | Or():
            for inner in node.nodes:
                yield from _literals(inner)
        case Not() | InPart():
            yield from _literals(node.node)
        case Outlet() | Language() | Everything():
            return
        case _:
            assert_never(node)


def _wide(node: Node) -> Iterator[Or | Named]:
    """Return the nodes that have too many alternatives to try each."""
    match node:
        case Or() | And():
            for inner in node.nodes:
                yield from _wide(inner)
        case Not() | InPart():
            yield from _wide(node.node)
        case _:
            pass
    if isinstance(node, (Or, Named)) and len(_alternatives(node)) > _FEW:
        yield node


def _alternatives(node: Or | Named) -> tuple[Node, ...]:
    return node.nodes if isinstance(node, Or) else node.any


def _branches(node: Or | Named) -> dict[str | None, tuple[Node, ...]]:
    """Return the alternatives by their literals; under None those that need none."""
    found: dict[str | None, list[Node]] = defaultdict(list)
    for one in _alternatives(node):
        for literal in (None,) if _may_hold_without_words(one) else dict.fromkeys(_literals(one)):
            found[literal].append(one)
    return {literal: tuple(nodes) for literal, nodes in found.items()}


def _openings(word: Word) -> tuple[str, ...]:
    """Return what a word may begin with, up to its first wildcard."""
    return tuple(literal for literal, _ in _endings(word))


@lru_cache(maxsize=131072)
def _endings(word: Word) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Return a word's literals, each with what must follow it."""
    literal = _WILDCARD.split(word.text, maxsplit=1)[0]
    ending = _compiled(_as_pattern(word.text[len(literal) :]) + ("" if _ends_anywhere(word.text) else f"(?:{_END})"))
    if literal.startswith(_ARTICLE) and len(literal) > len(_ARTICLE) + 1:
        return (literal, ending), (_TO_THE + literal.removeprefix(_ARTICLE), ending)
    return ((literal, ending),)


@lru_cache(maxsize=131072)
def _fitting(word: Word) -> re.Pattern[str]:
    """Return the pattern of the tokens that are a word."""
    clitics = _CLITICS.pattern if _ARABIC.match(word.text) else ""
    rest = word.text[len(_openings(word)[0]) :]
    either = "|".join(re.escape(opening) for opening in _openings(word))
    return _compiled(f"(?:{clitics})(?:{either}){_as_pattern(rest)}")


@lru_cache(maxsize=131072)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _as_pattern(wild: str) -> str:
    return re.escape(wild).replace(r"\*", f"{_LETTER}*").replace(r"\?", _LETTER)


def _ends_anywhere(word: str) -> bool:
    """Whether a word's end needs no boundary: scripts without spaces, and Korean, whose particles follow at once."""
    return is_unspaced(word[-1]) or _HANGUL[0] <= word[-1] <= _HANGUL[1]


def _begins(haystack: str, start: int) -> bool:
    """Whether a word, clitics aside, begins at a place."""
    before = haystack[start - 1 : start]
    if not before or not is_word(before) or is_unspaced(before) or is_unspaced(haystack[start]):
        return True
    if not _ARABIC.match(haystack, start):
        return False
    first = start
    while first and is_word(haystack[first - 1]):
        first -= 1
    return _CLITICS.fullmatch(haystack, first, start) is not None


def _is_in(span: Span, part: Part | None, title_end: int) -> bool:
    match part:
        case None:
            return True
        case "title":
            return span[1] <= title_end
        case "text":
            return span[0] >= title_end
        case _:
            assert_never(part)


def _overlap(one: Span, other: Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _adjacent(found: list[list[int]]) -> list[int]:
    """Return the tokens at which words begin that follow each other. found: the places of each word."""
    follow = [set(places) for places in found[1:]]
    return [at for at in found[0] if all(at + step in places for step, places in enumerate(follow, 1))]


def _near(found: list[list[int]], slop: int) -> list[int]:
    """Return the tokens of windows that hold every word and at most `slop` others. found: the places of each word."""
    events = sorted((at, word) for word, places in enumerate(found) for at in places)
    last: dict[int, int] = {}
    kept: set[int] = set()
    for at, word in events:
        last[word] = at
        window = set(last.values())
        if len(last) == len(found) and at - min(window) + 1 - len(window) <= slop:
            kept |= window
    return sorted(kept)


def _outermost(spans: Iterable[Span]) -> list[Span]:
    """Return the spans in order, without those that lie inside another."""
    kept: list[Span] = []
    for start, end in sorted(set(spans), key=lambda span: (span[0], -span[1])):
        if not kept or end > kept[-1][1]:
            kept.append((start, end))
    return kept
