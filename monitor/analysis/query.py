"""Queries: what a watch asks of a text, read from Lucene syntax.

In:  a query as a person wrote it, and the configured terms.
Out: a small tree of frozen nodes; or a QueryError that says where and what.
Not here: holding a query against a text (match.py), reading the configuration (config/).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NoReturn

from luqum import tree
from luqum.exceptions import ParseError
from luqum.thread import parse as parse_lucene

from monitor.errors import QueryError
from monitor.model.watch import Term
from monitor.text.fold import capitals, plain
from monitor.text.tokens import WORD_SIGNS, is_unspaced, words

Part = Literal["title", "text"]

_LONGEST: Final = 10_000  # characters
_DEEPEST: Final = 50  # nested groups, fields and signs
_FIELDS: Final = ("title", "text", "outlet", "lang", "term")
_MOST_SHOWN: Final = 5
_POSITION: Final = re.compile(r"position (\d+)")
_BAD_NUMBER: Final = re.compile(r"[~^](?:[0-9]*\.|[0-9]{100})")
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED_WILDCARD: Final = re.compile(r"\\[*?]")
_PIECE: Final = re.compile(rf"[\w{WORD_SIGNS}*?]+")
_HOLDS_LETTER: Final = re.compile(r"[^\W_]")
_UNSUPPORTED: Final = {
    tree.Fuzzy: "fuzzy words (word~) are not supported; list the spellings, or use a prefix (word*)",
    tree.Boost: "boosts (^) are not supported: a query matches or it does not",
    tree.Range: "ranges ([a TO b]) are not supported",
    tree.From: "ranges (>) are not supported",
    tree.To: "ranges (<) are not supported",
    tree.Regex: "regular expressions (/…/) are not supported; put the text in quotation marks",
}


@dataclass(frozen=True, slots=True)
class Word:
    """One folded word. `*` in it stands for any letters, `?` for one; neither at its beginning."""

    text: str
    case: str | None = None  # the capitals it must be written with (text.fold.capitals); None: any


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words one after the other, or near each other."""

    words: tuple[Word, ...]  # at least two
    slop: int | None = None  # None: adjacent and in order; else how many other words may stand among them, any order
    case: str | None = None  # as for a word; of the phrase as a whole


@dataclass(frozen=True, slots=True)
class Beside:
    """What must stand near a mention."""

    any: "tuple[Word | Phrase, ...]"
    within: int | None  # words; None: anywhere
    said: str  # for people: `Mali, Russia*`


@dataclass(frozen=True, slots=True)
class Named:
    """A configured term."""

    name: str
    any: tuple[Word | Phrase, ...]
    never: tuple[Word | Phrase, ...]
    company: Beside | None = None
    closeness: float | None = None


@dataclass(frozen=True, slots=True)
class InPart:
    """A query asked of the title alone, or of the text without it."""

    part: Part
    node: "Node"


@dataclass(frozen=True, slots=True)
class Outlet:
    """An outlet whose name has these words."""

    name: Word | Phrase


@dataclass(frozen=True, slots=True)
class Language:
    """A language, as its code."""

    code: str


@dataclass(frozen=True, slots=True)
class And:
    """All of them."""

    nodes: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Or:
    """Any of them."""

    nodes: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Not:
    """Unless it is met."""

    node: "Node"


@dataclass(frozen=True, slots=True)
class Everything:
    """Any text at all."""


Node = Word | Phrase | Named | InPart | Outlet | Language | And | Or | Not | Everything


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A query that was read."""

    source: str  # as it was written
    root: Node

    @property
    def asks_language(self) -> bool:
        """Whether a text's language decides on anything in it."""
        return _asks_language(self.root)


def _asks_language(node: Node) -> bool:
    match node:
        case Language():
            return True
        case And() | Or():
            return any(map(_asks_language, node.nodes))
        case Not() | InPart():
            return _asks_language(node.node)
        case _:
            return False


def parse(query: str, *, terms: Mapping[str, Term]) -> Query:
    """Return the query as a tree.

    Words side by side mean AND (so `+` changes nothing and `-` means NOT); OR binds closer than that, AND closer
    than OR. `word*` and `w?rd` stand for endings and letters. Fields: title, text, outlet, lang, term; `*:*` is all.
    terms: by name, for `term:name`.
    Raises QueryError with the 1-based column of the fault.
    """
    if len(query) > _LONGEST:
        raise QueryError(f"the query is longer than {_LONGEST:,} characters", query=query, column=_LONGEST + 1)
    if not query.strip():
        raise QueryError("the query is empty; `*:*` matches everything", query=query, column=1)
    return Query(source=query, root=_Reader(query, terms).read(_parsed(query)))


def spelled(text: str, query: str = "", at: int = 0, *, case: str | None = None) -> Word | Phrase:
    """Return one spelling as a node.

    query, at: for the error, the whole query and where the spelling begins in it, 0-based.
    case: the capitals that it asks for (text.fold.capitals); None: any.
    Raises QueryError where the spelling says nothing, or begins with a wildcard.
    """
    folded = plain(_ESCAPED.sub(r"\1", _ESCAPED_WILDCARD.sub(" ", text)))
    if "*" in folded or "?" in folded:
        found = tuple(_wild(piece, query, at) for piece in _PIECE.findall(folded.replace("_", " ")))
    elif folded and all(is_unspaced(letter) for letter in folded):
        return Word(folded, case)
    else:
        found = tuple(Word(word) for word in words(folded))
    if not found:
        raise QueryError(f"“{text}” holds no letter or digit to search for", query=query, column=at + 1)
    if len(found) == 1:
        return Word(found[0].text, case)
    return Phrase(tuple(part for word in found for part in _characters(word)), case=case)


def _wild(piece: str, query: str, at: int) -> Word:
    """Return a word that may hold wildcards, punctuation being cut off."""
    if not _HOLDS_LETTER.search(piece):
        raise QueryError("a wildcard alone would match every word; `*:*` matches all", query=query, column=at + 1)
    if piece[0] in "*?":
        raise QueryError("a word cannot begin with a wildcard", query=query, column=at + 1)
    return Word(re.sub(r"\*+", "*", piece))


def _characters(word: Word) -> tuple[Word, ...]:
    """Return a word of a script without spaces as its characters: in a phrase each is a token."""
    is_run = all(is_unspaced(letter) for letter in word.text)
    return tuple(Word(letter) for letter in word.text) if is_run else (word,)


def _parsed(query: str) -> tree.Item:
    try:
        return parse_lucene(query)
    except ParseError as error:
        found = _POSITION.findall(str(error))
        at = int(found[-1]) if found else len(query.rstrip())
        raise QueryError(_fault(query, at), query=query, column=at + 1) from error
    except (ValueError, ArithmeticError) as error:  # luqum reads the number behind ~ as an int, behind ^ as a decimal
        number = _BAD_NUMBER.search(query)
        column = number.start() + 1 if number else 1
        raise QueryError("the number behind ~ or ^ is not one", query=query, column=column) from error


def _fault(query: str, at: int) -> str:
    """Return what is wrong at a place, for people."""
    found = query[at:].split(maxsplit=1)
    if not found:
        return "the query ends too early: a bracket is still open, or a word is missing"
    match found[0][0]:
        case '"':
            return "the quotation mark is never closed"
        case ")" | "]" | "}":
            return "the closing bracket has no opening one, or nothing stands before it"
        case _:
            return f"{found[0][:20]} cannot stand here"


class _Reader:
    """Turns luqum's tree into ours, once, for one query."""

    def __init__(self, query: str, terms: Mapping[str, Term]) -> None:
        self._query = query
        self._terms = terms

    def read(self, item: tree.Item, field: str | None = None, depth: int = 0) -> Node:
        """Return the node for an item. field: the field it is asked of; depth: how many items stand around it."""
        if depth > _DEEPEST:
            self._fail(f"the query nests deeper than {_DEEPEST} levels", item)
        for kind, why in _UNSUPPORTED.items():
            if isinstance(item, kind):
                self._fail(why, item)
        match item:
            case tree.SearchField():
                return self._field(item, field, depth)
            case tree.Group() | tree.FieldGroup() | tree.Plus():
                return self.read(item.children[0], field, depth + 1)
            case tree.Not() | tree.Prohibit():
                return Not(self.read(item.children[0], field, depth + 1))
            case tree.OrOperation():
                return Or(tuple(self.read(child, field, depth + 1) for child in item.children))
            case tree.AndOperation() | tree.UnknownOperation():
                return And(tuple(self.read(child, field, depth + 1) for child in item.children))
            case _:
                return self._leaf(item, field)

    def _field(self, item: tree.SearchField, around: str | None, depth: int) -> Node:
        inner = item.children[0]
        if item.name == "*" and isinstance(inner, tree.Word) and inner.value == "*":
            return Everything()
        if item.name not in _FIELDS:
            self._fail(f"there is no field {item.name}; the fields are {', '.join(_FIELDS)}", item)
        if around is not None and (item.name != "term" or around not in ("title", "text")):
            self._fail(f"the field {item.name} cannot stand inside the field {around}", item)
        node = self.read(inner, item.name, depth + 1)
        match item.name:
            case "title" | "text" as part:
                return InPart(part, node)
            case _:
                return node

    def _leaf(self, item: tree.Item, field: str | None) -> Node:
        text, slop = self._text(item)
        match field:
            case "term":
                return self._named(text, item)
            case "lang":
                return Language(plain(text).partition("-")[0])
            case "outlet":
                return Outlet(_near(spelled(text, self._query, item.pos), slop))
            case _:
                return _near(spelled(text, self._query, item.pos), slop)

    def _text(self, item: tree.Item) -> tuple[str, int | None]:
        """Return what a word, phrase or proximity says, and how near its words must be."""
        if isinstance(item, tree.Proximity):
            return item.children[0].value[1:-1], int(item.degree)
        if isinstance(item, tree.Phrase):
            return item.value[1:-1], None
        if item.value[0] == "!" or item.value in ("&&", "||"):
            self._fail("write NOT, AND and OR: !, && and || are not supported", item)
        return item.value, None

    def _named(self, name: str, item: tree.Item) -> Named:
        term = self._terms.get(name)
        if term is None:
            known = ", ".join(sorted(self._terms)) or "none"
            self._fail(f"there is no term {name}; configured: {known}", item)
        own = tuple(spelled(one, self._query, item.pos, case=capitals(one) if term.case else None) for one in term.any)
        never = self._spelled(term.never, item)
        company = None
        if term.company is not None:
            said = _shortened(term.company.any)
            company = Beside(self._spelled(term.company.any, item), term.company.within, said)
        return Named(name, own, never, company, term.closeness)

    def _spelled(self, spellings: Sequence[str], item: tree.Item) -> tuple[Word | Phrase, ...]:
        return tuple(spelled(one, self._query, item.pos) for one in spellings)

    def _fail(self, message: str, item: tree.Item) -> NoReturn:
        raise QueryError(message, query=self._query, column=item.pos + 1)


def _shortened(spellings: Sequence[str]) -> str:
    """Return a list for people: its first few, and that there are more."""
    return ", ".join(spellings[:_MOST_SHOWN]) + (" …" if len(spellings) > _MOST_SHOWN else "")


def _near(node: Word | Phrase, slop: int | None) -> Word | Phrase:
    return node if slop is None or isinstance(node, Word) else Phrase(node.words, slop)
