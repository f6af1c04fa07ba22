"""Namesakes: names in an alert that its evidence spells otherwise.

In:  sentences of the article that are known or changed, each with the known sentence it is held against.
Out: pairs of spellings, as written: `Abdallah Diop` and `Abdoulaye Diop`.
Not here: when two spellings are one name (text/spellings.py), what such a name does to a score (analysis/known.py).

Only names of two sentences that say the same are compared: that is the evidence that they are of one person or place.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from monitor.alerting.escape import clean
from monitor.model.judgement import Alert
from monitor.text.spellings import is_one_name, sound
from monitor.text.tokens import Token, tokens
from monitor.text.values import names

MOST: Final = 4  # pairs that are shown
SPELT: Final = "SPELT OTHERWISE"


@dataclass(frozen=True, slots=True)
class _Sentence:
    """One of two sentences, and where its names stand."""

    text: str
    tokens: tuple[Token, ...]
    names: dict[str, int]  # folded name -> place of its first token

    def beside(self, at: int) -> set[str]:
        """Return the names next to a place."""
        near = {token.text for token in self.tokens[max(0, at - 1) : at + 2]}
        return near & self.names.keys() - {self.tokens[at].text}

    def run(self, at: int, told: set[int]) -> str:
        """Return the name at a place as it is written, with the names of both sentences next to it."""
        first = last = at
        while first and (first - 1 in told or self._gap(first - 1) == "-"):
            first -= 1
        while last + 1 in told:
            last += 1
        return clean(self.text[self.tokens[first].start : self.tokens[last].end])

    def _gap(self, at: int) -> str:
        return self.text[self.tokens[at].end : self.tokens[at + 1].start]


def namesakes(alert: Alert) -> tuple[tuple[str, str], ...]:
    """Return the names of an alert that its evidence writes otherwise, with that spelling, each pair once."""
    known = ((quote.text, quote.evidence.text) for quote in alert.known)
    changed = ((change.sentence, change.before.text) for change in alert.changed)
    found = (pair for one, other in (*changed, *known) for pair in _pairs(_read(one), _read(other)))
    return tuple(dict.fromkeys(found))[:MOST]


def same_names(alert: Alert) -> str:
    """Return `Abdallah Diop = Abdoulaye Diop; …`, or nothing where all names are written alike."""
    return "; ".join(f"{one} = {other}" for one, other in namesakes(alert))


def _read(text: str) -> _Sentence:
    found = tokens(text)
    places = {token.text: at for at, token in reversed(list(enumerate(found)))}
    return _Sentence(text, found, {name: places[name] for name in names(text, found)})


def _pairs(one: _Sentence, other: _Sentence) -> Iterator[tuple[str, str]]:
    same = list(_same(one, other))
    shared = one.names.keys() & other.names.keys()
    places = [{one.names[name] for name in shared}, {other.names[name] for name in shared}]
    for at, there in same:
        places[0].add(at)
        places[1].add(there)
    for at, there in same:
        yield one.run(at, places[0]), other.run(there, places[1])


def _same(one: _Sentence, other: _Sentence) -> Iterator[tuple[int, int]]:
    """Yield the places of names that are one name, spelt otherwise."""
    known = _only(other, one)
    for name, at in _only(one, other):
        heard, beside = sound(name), one.beside(at)
        for theirs, there in known if heard else ():
            is_beside_same = bool(beside & other.beside(there))
            if heard == sound(theirs) and is_one_name(name, theirs, is_beside_same=is_beside_same):
                yield at, there


def _only(one: _Sentence, other: _Sentence) -> Sequence[tuple[str, int]]:
    """Return the names of one sentence that the other one has not, in order."""
    told = {token.text for token in other.tokens}
    return sorted(((name, at) for name, at in one.names.items() if name not in told), key=lambda found: found[1])
