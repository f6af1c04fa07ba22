"""Matching: which queries a text meets, and where.

In:  a text with its title, outlet and language; all queries at once.
Out: for each query that is met the places that meet it, in characters of the text as it came; and the places that
     its words fit and that do not count, with the reason.
Not here: reading queries (query.py), what is new (novelty.py).

One automaton finds the literals of all queries in the folded text; only queries with a literal in the text, or none
that they need, are evaluated. The cost grows with the text and its hits, not with the number of queries.
A name is found behind hidden characters, accents, look-alike letters, dots (M.I.N.U.S.M.A.), a Turkish I with or
without its dot, and a hyphen at a line break; not behind spaced letters (M A L I), digits for letters (M4LI) or
reversed text. The second half of a person's double surname is no mention (double_names.py).
"""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final, assert_never

from ahocorasick_rs import AhoCorasick, Implementation

from monitor.analysis.double_names import is_double_name
from monitor.analysis.places import Spans, adjacent, near, outermost
from monitor.analysis.query import (
    And,
    Beside,
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
from monitor.model.watch import Aside, Matches, Mention, Span
from monitor.text.disguise import DISGUISED, is_disguised
from monitor.text.fold import Folded, capitals, fold, plain
from monitor.text.tokens import UNSPACED, WORD_SIGNS, Token, is_unspaced, is_word, respelled, tokens

_WILDCARD: Final = re.compile(r"[*?]")
_ARABIC: Final = re.compile("[\u0600-\u06ff]")
# And or so; by, like, to or for; the. They are written together with the word.
_CLITICS: Final = re.compile("[وف]?(?:[بك]?(?:ال)?|ل|لل)")
_ARTICLE, _TO_THE = "ال", "لل"  # after "to" the article loses its first letter
_LETTER: Final = rf"(?:(?![_{UNSPACED}])[\w{WORD_SIGNS}])"
_END: Final = rf"(?![^\W_]|[{WORD_SIGNS}])|(?=[{UNSPACED}])"
_SPACE: Final = " \n"  # all that is left of white space
_FIRST_PART: Final = re.compile(r"[^\W\d_]+-\Z")
_LONGEST_PART: Final = 40  # letters
_LARGEST_TABLE: Final = 32 << 20  # bytes; the automaton that is twice as fast up to there is no faster beyond
_MOST_SAID: Final = 5  # notes in one sentence
_MOST_ASIDES: Final = 100  # of one text and query
_MOST_COMPOUNDS: Final = 50  # of one text that are asked whether they are a surname; more are none
_FEW: Final = 16  # alternatives; more are looked up by their literals
_HANGUL: Final = ("가", "힣")  # particles follow a Korean word without a space


Closeness = Callable[[str], float | None]  # of the article to a query's baseline; None where that cannot be said


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
        self._always = tuple(number for number, root in enumerate(roots) if _may_hold_without_words(root))
        wanted: dict[str, dict[int, None]] = defaultdict(dict)
        for number, root in enumerate(roots):
            for literal, _ in _literals(root):
                wanted[literal][number] = None
            for literal, _ in _beside(root):  # looked up where the query is asked anyway
                wanted.setdefault(literal, {})
        every = (found for root in roots for found in (*_literals(root), *_beside(root)))
        loose = {literal for literal, is_whole in every if not is_whole}
        self._wanted_by = {literal: tuple(numbers) for literal, numbers in wanted.items()}
        self._plan = _Plan(
            literals=tuple(wanted),
            is_whole=tuple(literal not in loose for literal in wanted),
            automaton=_automaton(tuple(wanted)),
            has_numbers=any(literal[:1].isdigit() for literal in wanted),
            branches={id(node): _branches(node) for root in roots for node in _wide(root)},
        )

    def match(self, text: MatchText, closeness: Closeness = lambda _: None) -> Matches:
        """Return the queries that the text meets, in the order they were given, and what does not count.

        A query that is met by no word (`*:*`, `NOT x`, `lang:fr`) has no mentions.
        closeness: by a query's name, how near the text is to its baseline; asked only where a term depends on it.
        """
        found = _Found(text, self._plan, closeness)
        asked: dict[int, list[str]] = {number: [] for number in self._always}
        for literal in found.hits:
            for number in self._wanted_by[literal]:
                asked.setdefault(number, []).append(literal)
        met: dict[str, tuple[Mention, ...]] = {}
        aside: dict[str, tuple[Aside, ...]] = {}
        for number in sorted(asked):
            name, query = self._queries[number]
            spans, asides = found.ask(name, query, asked[number])
            if spans is not None:
                met[name] = tuple([found.mention(span) for span in outermost(spans)])
            if asides:
                aside[name] = tuple(sorted(asides, key=lambda one: one.span))
        return Matches(met=met, aside=aside)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """What is prepared once for all texts."""

    literals: tuple[str, ...]
    is_whole: tuple[bool, ...]  # whether nobody asks for words that go on behind the literal
    automaton: AhoCorasick
    has_numbers: bool  # whether a literal begins with a digit
    branches: Mapping[int, Mapping[str | None, tuple[Node, ...]]]  # by id of an Or or Named with many alternatives


class _Found:
    """What stands in one text: the literals at once, tokens when a phrase asks for them."""

    def __init__(self, text: MatchText, plan: _Plan, closeness: Closeness) -> None:
        self._text = text
        self._closeness = closeness
        self._branches = plan.branches
        self._folded: Folded = fold(text.text)
        self._respelled = respelled(self._folded.text, with_numbers=plan.has_numbers)
        # Words that stand there in another spelling follow the text, each on a line of its own.
        self._haystack = "\n".join((self._folded.text, *(token.text for token in self._respelled)))
        self.hits: dict[str, list[int]] = defaultdict(list)  # literal: where a word begins with it
        self._found_as: dict[Span, str] = {}  # what a word stands for, folded
        self._because: dict[tuple[str, Span], str] = {}  # by the query's name
        self._names: dict[str, bool] = {}  # compounds, and whether each is a person's surname
        # Of the query that is asked: its name, those of its literals that are hit, what does not count.
        self._name = ""
        self._own: Sequence[str] = ()
        self._asides: dict[Aside, None] = {}
        haystack, is_whole = self._haystack, plan.is_whole
        for index, start, end in plan.automaton.find_matches_as_indexes(haystack, overlapping=True):
            if is_whole[index] and (after := haystack[end : end + 1]).isalnum() and after.isascii():
                continue  # the word plainly goes on
            if haystack[start - 1 : start] in _SPACE or _begins(haystack, start):
                self.hits[plan.literals[index]].append(start)

    def ask(self, name: str, query: Query, literals: Sequence[str]) -> tuple[list[Span] | None, Iterable[Aside]]:
        """Return the spans that meet a query, None where it is not met, and what does not count.

        literals: those of the query that are hit.
        """
        self._name, self._own, self._asides = name, literals, {}
        return self._meet(query.root, None), self._asides

    def mention(self, span: Span) -> Mention:
        """Return the mention at a place."""
        text = self._text.text[span[0] : span[1]]
        is_plain = text.isascii() and "-" not in text
        return Mention(
            span=span,
            text=text,
            is_disguised=not is_plain and self._is_disguised(span, text),
            because=self._because.get((self._name, span), "") if self._because else "",
        )

    def _is_disguised(self, span: Span, text: str) -> bool:
        return is_disguised(text, self._found_as.get(span) or plain(text), self._text.language)

    def _meet(self, node: Node, part: Part | None) -> list[Span] | None:
        """Return the spans that meet a node within a part of the text, or None where it is not met."""
        match node:
            case Word() | Phrase():
                return self._places(node, part) or None
            case Named():
                return self._named(node, part) or None
            case And():
                found = [self._meet(one, part) for one in node.nodes]
                return None if None in found else [span for spans in found if spans for span in spans]
            case Or():
                return self._either(node, part)
            case Not():
                kept = dict(self._asides)
                is_met = self._meet(node.node, part) is not None
                self._asides = kept  # what does not count cannot speak against a text either
                return None if is_met else []
            case InPart():
                return self._meet(node.node, node.part)
            case Outlet() | Language() | Everything():
                return [] if self._is_from(node) else None
            case _:
                assert_never(node)

    def _either(self, node: Or | Named, part: Part | None) -> list[Span] | None:
        """Return the spans that meet any alternative, or None where none is met."""
        places: list[Span] = []
        is_met = False
        for one in self._alternatives(node):
            if (spans := self._meet(one, part)) is not None:
                is_met = True
                places += spans
        return places if is_met else None

    def _alternatives(self, node: Or | Named) -> Iterable[Node]:
        """Return the alternatives that can be met here: of a long list only those with a literal in the text."""
        branches = self._branches.get(id(node))
        if branches is None:
            return _inner(node)
        met = list(branches.get(None, ()))
        for literal in self._own:
            met += branches.get(literal, ())
        return met

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
        places = self._either(term, part) or []
        if places and term.never:
            places = self._without(places, [span for one in term.never for span in self._places(one, None)])
        if places and (term.company is not None or term.closeness is not None):
            places = self._in_company(places, term)
        return places

    def _without(self, places: list[Span], never: list[Span]) -> list[Span]:
        """Return the places that none of the others overlaps."""
        others = Spans(never)
        kept = []
        for span in places:
            over = others.over(span)
            if over is None:
                kept.append(span)
            else:
                self._set_aside(span, f"stands in “{_line(self._text.text[slice(*over)])}”, which never counts")
        return kept

    def _in_company(self, places: list[Span], term: Named) -> list[Span]:
        """Return the places that have company or, where they have none, are all near enough to what is known."""
        beside = term.company and self._beside(places, term.company)
        alone = [span for span in places if not (beside and span in beside)]
        close = self._closeness(self._name) if alone and term.closeness is not None else None
        is_unsaid = close is None and term.company is None  # no word asks for company, and nothing can be compared
        is_close = close is not None and term.closeness is not None and close >= term.closeness
        for span in places:
            if beside and span in beside:
                self._because[self._name, span] = f"beside “{_line(self._text.text[slice(*beside[span])])}”"
            elif is_close:
                self._because[self._name, span] = f"closeness {close:.2f}"
            elif not is_unsaid:
                self._set_aside(span, _lonely(term, close))
        return [span for span in places if is_close or is_unsaid or (beside and span in beside)]

    def _beside(self, places: list[Span], company: Beside) -> dict[Span, Span]:
        """Return the places that have company, each with the nearest; a mention of the term itself is none."""
        own = Spans(places)
        others = Spans(span for one in company.any for span in self._places(one, None) if own.over(span) is None)
        within = len(self._text.text) if company.within is None else company.within
        found = {}
        for place in places:
            nearest = min(others.around(place), key=lambda other: self._tokens.between(place, other), default=None)
            if nearest is not None and self._tokens.between(place, nearest) <= within:
                found[place] = nearest
        return found

    def _set_aside(self, span: Span, why: str) -> None:
        if len(self._asides) < _MOST_ASIDES:
            self._asides[Aside(span=span, text=self._text.text[slice(*span)], why=why)] = None

    def _places(self, node: Word | Phrase, part: Part | None) -> list[Span]:
        if isinstance(node, Word):
            places = self._words(node)
            if part is not None:
                places = [span for span in places if _is_in(span, part, self._text.title_end)]
        elif all(any(literal in self._haystack for literal in _openings(word)) for word in node.words):
            places = self._tokens.places(node, part, self._text.title_end)
        else:
            places = []
        return places if node.case is None else [span for span in places if self._is_written(span, node)]

    def _is_written(self, span: Span, node: Word | Phrase) -> bool:
        """Whether a place has the capitals that its spelling asks for."""
        has, asks = capitals(self._text.text[slice(*span)]), node.case or ""
        last = node.text if isinstance(node, Word) else node.words[-1].text
        if has == asks or (last.endswith("*") and has.startswith(asks)):
            return True
        self._set_aside(span, "has not the capitals that its spelling asks for")
        return False

    def _words(self, word: Word) -> list[Span]:
        """Return where a word stands. The second half of a double surname is set aside."""
        places = []
        for literal, ending in _endings(word.text):
            for start in self.hits.get(literal, ()):
                end = self._end(start + len(literal), ending)
                if end is None:
                    continue
                span = self._span(start, end)
                if self._haystack[start - 1 : start] == "-" and (name := self._double_name(start, end)):
                    self._set_aside(span, f"is part of the double name “{name}”")
                    continue
                self._found_as[span] = self._haystack[start:end]
                places.append(span)
        return places

    def _end(self, at: int, ending: re.Pattern[str]) -> int | None:
        """Return where a word ends whose literal ends at a place; None where it goes on otherwise."""
        if ending is _WHOLE and (after := self._haystack[at : at + 1]).isascii():
            return None if after.isalnum() else at  # nearly all, without a pattern
        end = ending.match(self._haystack, at)
        return end.end() if end else None

    def _double_name(self, start: int, end: int) -> str | None:
        """Return the person's double surname that a word is the second half of, if it is."""
        first = _FIRST_PART.search(self._haystack, max(0, start - _LONGEST_PART), start)
        if first is None or end > len(self._folded.text):
            return None
        name = self._text.text[slice(*self._folded.span(first.start(), end))]
        if name not in self._names and len(self._names) < _MOST_COMPOUNDS:
            self._names[name] = is_double_name(self._text.text, name)
        return name if self._names.get(name) else None

    def _span(self, start: int, end: int) -> Span:
        behind = len(self._folded.text)
        if end <= behind:
            return self._folded.span(start, end) if self._folded.starts else (start, end)
        line = self._haystack.count("\n", behind, start) - 1
        return self._folded.span(self._respelled[line].start, self._respelled[line].end)

    @cached_property
    def _tokens(self) -> "_Tokens":
        return _Tokens(self._text.text)


class _Tokens:
    """The tokens of a text, by their words."""

    def __init__(self, text: str) -> None:
        self._all: tuple[Token, ...] = tokens(text)
        self._starts = [token.start for token in self._all]
        self._by_text: dict[str, list[int]] = defaultdict(list)
        for at, token in enumerate(self._all):
            self._by_text[token.text].append(at)

    def places(self, node: Word | Phrase, part: Part | None, title_end: int) -> list[Span]:
        """Return the spans of a word or phrase within a part of the text."""
        words = (node,) if isinstance(node, Word) else node.words
        slop = None if isinstance(node, Word) else node.slop
        found = [[at for at in self._at(word) if _is_in(self._cover(at, at), part, title_end)] for word in words]
        if slop is None:
            return [self._cover(at, at + len(words) - 1) for at in adjacent(found)]
        return [self._cover(at, at) for at in near(found, slop)]

    def between(self, one: Span, other: Span) -> int:
        """Return how many words lead from one place to another; 1 where they are neighbours."""
        first, second = sorted((one, other))
        return bisect_left(self._starts, second[0]) - bisect_left(self._starts, first[1]) + 1

    def _at(self, word: Word) -> list[int]:
        """Return where a word stands, in order."""
        if not _WILDCARD.search(word.text) and not _ARABIC.match(word.text):
            return self._by_text.get(word.text, [])
        fits = _fitting(word)
        return sorted(at for text, places in self._by_text.items() if fits.fullmatch(text) for at in places)

    def _cover(self, first: int, last: int) -> Span:
        return self._all[first].start, self._all[last].end


def why_aside(matches: Matches) -> str:
    """Return why a text that has words of some query meets none, in one sentence; "" where it has none."""
    said = (f"{name}: “{_line(one.text)}” {one.why}" for name, asides in matches.aside.items() for one in asides)
    return "; ".join(list(dict.fromkeys(said))[:_MOST_SAID])


def why_met(mentions: Iterable[Mention]) -> list[str]:
    """Return what is to be said of the mentions that meet a query: why ambiguous ones count, which are disguised."""
    said = []
    for one in mentions:
        if one.because:
            said.append(f"“{_line(one.text)}” counts: {one.because}")
        if one.is_disguised:
            said.append(f"“{_line(one.text)}” is {DISGUISED}")
    return list(dict.fromkeys(said))[:_MOST_SAID]


def _automaton(literals: Sequence[str]) -> AhoCorasick:
    """Return what finds literals in a text: by a table where that is not too large, one row a byte of theirs."""
    letters = "".join(literals).encode()
    is_small = 4 * len(letters) * len(set(letters)) <= _LARGEST_TABLE
    return AhoCorasick(literals, store_patterns=False, implementation=Implementation.DFA if is_small else None)


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


def _inner(node: Node) -> tuple[Node, ...]:
    """Return the nodes that a node asks for, itself aside."""
    match node:
        case And() | Or():
            return node.nodes
        case Named():
            return node.any
        case Not() | InPart():
            return (node.node,)
        case Word() | Phrase() | Outlet() | Language() | Everything():
            return ()
        case _:
            assert_never(node)


def _nodes(root: Node) -> Iterator[Node]:
    """Return a node and all that it asks for, however deep."""
    yield root
    for inner in _inner(root):
        yield from _nodes(inner)


def _literals(root: Node) -> Iterator[tuple[str, bool]]:
    """Return the literals by which the automaton finds a node, and whether a word must end with them.

    Of a phrase they are its longest word's; its words end where tokens do ("3.5kg" are two).
    """
    for node in _nodes(root):
        if isinstance(node, Word):
            yield from ((literal, ending is _WHOLE) for literal, ending in _endings(node.text))
        elif isinstance(node, Phrase):
            longest = max(node.words, key=lambda word: len(_openings(word)[0]))
            yield from ((literal, False) for literal in _openings(longest))


def _beside(root: Node) -> Iterator[tuple[str, bool]]:
    """Return the same of what stands beside a node's own words: what never counts, and company."""
    for node in _nodes(root):
        if isinstance(node, Named):
            for one in (*node.never, *(node.company.any if node.company else ())):
                yield from _literals(one)


def _wide(root: Node) -> Iterator[Or | Named]:
    """Return the nodes that have too many alternatives to try each."""
    return (node for node in _nodes(root) if isinstance(node, (Or, Named)) and len(_inner(node)) > _FEW)


def _branches(node: Or | Named) -> dict[str | None, tuple[Node, ...]]:
    """Return the alternatives by their literals; under None those that need none."""
    found: dict[str | None, list[Node]] = defaultdict(list)
    for one in _inner(node):
        for literal in (None,) if _may_hold_without_words(one) else {literal: None for literal, _ in _literals(one)}:
            found[literal].append(one)
    return {literal: tuple(nodes) for literal, nodes in found.items()}


def _openings(word: Word) -> tuple[str, ...]:
    """Return what a word may begin with, up to its first wildcard."""
    return tuple(literal for literal, _ in _endings(word.text))


@lru_cache(maxsize=131072)
def _endings(text: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Return a word's literals, each with what must follow it."""
    literal = _WILDCARD.split(text, maxsplit=1)[0]
    ending = _compiled(_as_pattern(text[len(literal) :]) + ("" if _ends_anywhere(text) else f"(?:{_END})"))
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


_WHOLE: Final = _compiled(f"(?:{_END})")


def _as_pattern(wild: str) -> str:
    return re.escape(wild).replace(r"\*", f"{_LETTER}*").replace(r"\?", _LETTER)


def _ends_anywhere(word: str) -> bool:
    """Whether a word's end needs no boundary: scripts without spaces, and Korean, whose particles follow at once."""
    return is_unspaced(word[-1]) or _HANGUL[0] <= word[-1] <= _HANGUL[1]


def _begins(haystack: str, start: int) -> bool:
    """Whether a word, clitics aside, begins at a place."""
    before = haystack[start - 1 : start]
    if before.isascii() and haystack[start].isascii():
        return not before.isalnum()  # three times as fast as what follows
    if not is_word(before) or is_unspaced(before) or is_unspaced(haystack[start]):
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


def _lonely(term: Named, close: float | None) -> str:
    """Return why a mention of an ambiguous word does not count."""
    said = []
    if term.company is not None:
        within = "" if term.company.within is None else f" within {term.company.within} words"
        said.append(f"no company{within} ({term.company.said})")
    if close is not None:
        said.append(f"closeness {close:.2f}, under {term.closeness:g}")
    return f"has {' and '.join(said)}"


def _line(text: str) -> str:
    """Return a place on one line."""
    return " ".join(text.split())
