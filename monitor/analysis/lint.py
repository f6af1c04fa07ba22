"""Lint: queries and terms that cannot mean what was meant.

In:  the watches' queries and the terms, as they were read.
Out: findings, each with the key of the configuration that it is about.
Not here: queries that cannot be read at all (query.py), places in the file (config/watch_lint.py).

Whether a query can never or must always match is decided over all answers that its leaves can give together; a query
with more leaves than MOST_LEAVES is taken to be sound.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final, assert_never

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
    spelled,
)
from monitor.model.watch import Term
from monitor.text.fold import capitals
from monitor.text.tokens import is_spaced

Key = tuple[str | int, ...]
Leaf = tuple[Node, Part | None]  # with the part of the text it is asked of
Answers = Mapping[Leaf, bool]

MOST_LEAVES: Final = 12  # 4,096 answers
_MOST_PAIRS: Final = 1_000_000  # of spellings that are compared with each other


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that cannot be meant, or deserves a look."""

    key: Key
    message: str
    is_warning: bool = False


def lint(queries: Sequence[Query], terms: Mapping[str, Term]) -> tuple[Finding, ...]:
    """Return what is wrong with the watches' queries, in their order, and with the terms."""
    found = [finding for number, query in enumerate(queries) for finding in _query(("watches", number, "match"), query)]
    used = {leaf.name for query in queries for leaf, _ in _leaves(query.root, None) if isinstance(leaf, Named)}
    for name, term in terms.items():
        if name not in used:
            found.append(Finding(key=("terms", name), message="no query names this term", is_warning=True))
        found += _term(("terms", name), term)
    return tuple(found)


def _query(key: Key, query: Query) -> Iterator[Finding]:
    leaves = dict.fromkeys(_leaves(query.root, None))
    answers = list(_answers(tuple(leaves))) if len(leaves) <= MOST_LEAVES else []
    results = {_holds(query.root, None, each) for each in answers}
    nothing = dict.fromkeys(leaves, False)
    if results == {False}:
        yield Finding(key=key, message="this can never match: what it asks for excludes itself")
    elif results == {True} and not _holds_everything(query.root):
        yield Finding(key=key, message="this always matches; if that is meant, `*:*` says it")
    elif not _holds_everything(query.root) and _holds(query.root, None, nothing):
        message = "this matches every text that lacks the words behind NOT; name a word that must be there"
        yield Finding(key=key, message=message, is_warning=True)
    if isinstance(query.root, Or):
        yield from _shadowed(key, query.root.nodes)


def _leaves(node: Node, part: Part | None) -> Iterator[Leaf]:
    """Return what a query asks that is answered by yes or no, with the part of the text it is asked of."""
    match node:
        case Word() | Phrase() | Named():
            yield node, part
        case Outlet() | Language():
            yield node, None
        case And() | Or():
            for inner in node.nodes:
                yield from _leaves(inner, part)
        case Not():
            yield from _leaves(node.node, part)
        case InPart():
            yield from _leaves(node.node, node.part)
        case Everything():
            return
        case _:
            assert_never(node)


def _holds(node: Node, part: Part | None, answers: Answers) -> bool:
    """Whether a query is met, given the answers of its leaves."""
    match node:
        case Word() | Phrase() | Named():
            return answers[node, part]
        case Outlet() | Language():
            return answers[node, None]
        case And():
            return all(_holds(inner, part, answers) for inner in node.nodes)
        case Or():
            return any(_holds(inner, part, answers) for inner in node.nodes)
        case Not():
            return not _holds(node.node, part, answers)
        case InPart():
            return _holds(node.node, node.part, answers)
        case Everything():
            return True
        case _:
            assert_never(node)


def _holds_everything(node: Node) -> bool:
    """Whether a query says of its own accord that any text will do."""
    match node:
        case Everything():
            return True
        case And() | Or():
            return any(map(_holds_everything, node.nodes))
        case _:
            return False


def _answers(leaves: Sequence[Leaf]) -> Iterator[Answers]:
    """Return all answers that the leaves can give together."""
    follows = [(one, other) for one in leaves for other in leaves if one != other and _implies(one, other)]
    apart = [leaf for leaf in leaves if leaf[1] is None and {(leaf[0], "title"), (leaf[0], "text")} <= set(leaves)]
    for values in product((False, True), repeat=len(leaves)):
        answers = dict(zip(leaves, values, strict=True))
        languages = sum(value for (leaf, _), value in answers.items() if isinstance(leaf, Language))
        is_sound = languages <= 1 and all(answers[other] or not answers[one] for one, other in follows)
        if is_sound and all(_is_in_a_part(leaf, answers) for leaf in apart):
            yield answers


def _is_in_a_part(leaf: Leaf, answers: Answers) -> bool:
    """Whether what stands in a text stands in its title or behind it."""
    return not answers[leaf] or answers[leaf[0], "title"] or answers[leaf[0], "text"]


def _implies(one: Leaf, other: Leaf) -> bool:
    """Whether a text that meets one leaf cannot but meet the other."""
    return (other[1] is None or one[1] == other[1]) and _covers(other[0], one[0])


def _covers(wide: Node, narrow: Node) -> bool:
    """Whether every mention of one node is, or holds, a mention of the other."""
    if wide == narrow:
        return True
    if isinstance(narrow, Named):
        return all(_covers(wide, one) for one in narrow.any)
    if isinstance(wide, Named):
        is_plain = not wide.never and wide.company is None and wide.closeness is None
        return is_plain and any(_covers(one, narrow) for one in wide.any)
    if isinstance(wide, Word) and isinstance(narrow, Word):
        return _covers_word(wide, narrow)
    if isinstance(wide, Word) and isinstance(narrow, Phrase):
        return wide.case is None and any(_covers_word(wide, word) for word in narrow.words)
    if isinstance(wide, Phrase) and isinstance(narrow, Phrase):
        return wide.case is None and narrow.slop is None and _holds_row(narrow.words, wide.words)
    return False


def _holds_row(words: tuple[Word, ...], row: tuple[Word, ...]) -> bool:
    """Whether words hold others as a row."""
    starts = range(len(words) - len(row) + 1)
    return any(all(map(_covers_word, row, words[start : start + len(row)])) for start in starts)


def _covers_word(wide: Word, narrow: Word) -> bool:
    """Whether one word's spelling takes in the other's: `mali*` takes in `malian` and `malian*`."""
    stem = wide.text.removesuffix("*")
    is_prefix = stem != wide.text and not {"*", "?"} & set(stem) and narrow.text.startswith(stem)
    if wide.case is not None:
        has = narrow.case or ""
        is_prefix = is_prefix and has.startswith(wide.case)
    return is_prefix or (wide.text == narrow.text and wide.case in (None, narrow.case))


def _shadowed(key: Key, spellings: Sequence[Node]) -> Iterator[Finding]:
    """Return the spellings that another one of the same list takes in."""
    first: dict[Node, int] = {}
    stems = {node.text[:-1]: node for node in spellings if isinstance(node, Word) and node.text.endswith("*")}
    for number, node in enumerate(spellings):
        if not isinstance(node, (Word, Phrase)):
            continue
        if node in first:
            message = f"this is the same spelling as number {first[node] + 1} of the list, “{_shown(node)}”"
            yield Finding(key=(*key, number), message=message)
        elif isinstance(node, Word) and (wide := _stem_of(node, stems)) is not None:
            yield Finding(key=(*key, number), message=f"“{_shown(wide)}” takes this spelling in already")
        first.setdefault(node, number)


def _stem_of(node: Word, stems: Mapping[str, Word]) -> Word | None:
    """Return the word with a trailing star that takes another one in."""
    starts = (stems.get(node.text[:length]) for length in range(1, len(node.text) + 1))
    return next((wide for wide in starts if wide and wide != node and _covers_word(wide, node)), None)


def _shown(node: Word | Phrase) -> str:
    return node.text if isinstance(node, Word) else " ".join(word.text for word in node.words)


def _term(key: Key, term: Term) -> Iterator[Finding]:
    own = _spelled(term.any, is_cased=term.case)
    never = _spelled(term.never)
    company = _spelled(term.company.any) if term.company else ()
    yield from _shadowed((*key, "any"), own)
    yield from _shadowed((*key, "never"), never)
    if len(own) * max(len(never), len(company)) > _MOST_PAIRS:
        return
    for number, node in enumerate(own):
        if any(_covers(other, node) for other in never):
            yield Finding(key=(*key, "any", number), message="`never` takes every mention of this spelling away")
    for number, node in enumerate(never):
        if not any(_may_overlap(node, other) for other in own):
            message = "this can never overlap a mention of the term: none of its words is in a spelling"
            yield Finding(key=(*key, "never", number), message=message)
    if company and all(any(_covers(one, node) for one in own) for node in company):
        message = "this names only the term itself: a mention is no company of its own"
        yield Finding(key=(*key, "company", "any"), message=message)


def _spelled(spellings: Sequence[str], *, is_cased: bool = False) -> tuple[Word | Phrase, ...]:
    if not is_cased:
        return tuple(map(spelled, spellings))
    return tuple(spelled(each, case=capitals(each)) for each in spellings)


def _may_overlap(one: Word | Phrase, other: Word | Phrase) -> bool:
    """Whether a place of one can overlap a place of the other."""
    return any(_may_meet(word.text, its.text) for word in _words(one) for its in _words(other))


def _words(node: Word | Phrase) -> tuple[Word, ...]:
    return (node,) if isinstance(node, Word) else node.words


def _may_meet(one: str, other: str) -> bool:
    """Whether two words can share a letter of some text; where words do not end in spaces any two of a script can."""
    are_spaced = is_spaced(one), is_spaced(other)
    return not any(are_spaced) or (all(are_spaced) and _may_be_same(one, other))


def _may_be_same(one: str, other: str) -> bool:
    """Whether some word fits both spellings, which may hold `*` and `?`."""
    if not one or not other:
        return not (one + other).strip("*")
    if one[0] == "*":
        return _may_be_same(one[1:], other) or _may_be_same(one, other[1:])
    if other[0] == "*":
        return _may_be_same(other, one)
    return (one[0] == other[0] or "?" in (one[0], other[0])) and _may_be_same(one[1:], other[1:])
