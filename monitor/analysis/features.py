"""Features: what of a sentence is compared, worked out once.

In:  sentences with their language, and vectors where there is an embedder.
Out: SentenceFeatures: stems with weights, values, names, vector.
Not here: comparing (novelty.py, changes.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

from monitor.model.embedding import Vector
from monitor.text.counts import Fate, Toll, tolls
from monitor.text.names import stands_for
from monitor.text.spellings import sound
from monitor.text.tokens import Token, tokens
from monitor.text.values import Kind, Value, names, values
from monitor.text.weekdays import is_weekday
from monitor.text.weights import stem_weight

SOUND: Final = "~"  # tells a sound from a stem
FATE: Final = "#"  # and a fate
NAME_WEIGHT: Final = 0.5  # at least: a name may look like a common word of some language ("Ber", "Gao")


@dataclass(frozen=True, slots=True, kw_only=True)
class SentenceFeatures:
    """One sentence, ready to compare."""

    text: str
    language: str
    stems: tuple[str, ...]  # one a token, in order
    weights: Mapping[str, float]  # stem -> how much it tells, in (0, 1]
    values: tuple[Value, ...]
    amounts: frozenset[str]  # of its values
    names: frozenset[str]  # folded words
    tolls: tuple[Toll, ...]
    meant: Mapping[str, frozenset[str]]  # stem of a name -> stems of what the sentence says it is
    tokens: tuple[Token, ...]
    sounds: Mapping[str, str]  # of its names, which spellings of each share
    telling: frozenset[str]  # what it is found by: stems with a weight, sounds of names, fates
    vector: Vector | None = None

    def __hash__(self) -> int:
        """Hash by what tells sentences apart nearly always."""
        return hash(self.text)

    def beside(self, name: str) -> frozenset[str]:
        """Return the names that stand right before or behind a name."""
        places = [at for at, token in enumerate(self.tokens) if token.text == name]
        near = (self.tokens[at].text for place in places for at in (place - 1, place + 1) if 0 <= at < len(self.tokens))
        return self.names.intersection(near)


@lru_cache(maxsize=16_384)
def features(text: str, language: str, vector: Vector | None = None, on: date | None = None) -> SentenceFeatures:
    """Return what is compared of a sentence. language: ISO 639-1; on: the day of the report it stands in."""
    found = tokens(text)
    stated = values(text, found, language, on)
    taken = {found[at].text for value in stated for at in (*range(value.at, value.last + 1), *value.unit.places)}
    named = frozenset(names(text, found, language))
    taken.update(name for name in named if is_weekday(name, language))
    sounds = {name: f"{SOUND}{heard}" for name in sorted(named - taken) if (heard := sound(name))}
    counted = {value.at: value.amount for value in stated if value.kind is Kind.NUMBER}  # "seventeen" is 17
    silent = {at for value in stated for at in value.silent()}
    stems: list[str] = []
    weights: dict[str, float] = {}
    for at, token in enumerate(found):
        each, value = stem_weight(token.text, language)
        if at in counted:
            each = counted[at]
        stems.append(each)
        if at in silent:
            continue
        if value < NAME_WEIGHT and (token.text in named or (each != token.text and each.isdigit())):
            value = NAME_WEIGHT
        if value > weights.get(each, 0.0):
            weights[each] = value
    counted_people = tolls(text, found, stated, language)
    return SentenceFeatures(
        text=text,
        language=language,
        stems=tuple(stems),
        weights=weights,
        values=stated,
        amounts=frozenset(value.amount for value in stated),
        names=named - taken,  # a month is a value, whatever its capital
        tolls=counted_people,
        meant=_meant(text, found, stems, weights),
        tokens=found,
        sounds=sounds,
        telling=frozenset(weights).union(sounds.values(), (fate_key(each.fate) for each in counted_people)),
        vector=vector,
    )


def fate_key(fate: Fate) -> str:
    """Return what sentences are found by that say how many shared a fate."""
    return f"{FATE}{fate}"


def _meant(
    text: str, found: Sequence[Token], stems: Sequence[str], weights: Mapping[str, float]
) -> dict[str, frozenset[str]]:
    """Return by the stem of a name the telling stems of what it is said to stand for."""
    said = ((stems[at], {stems[n] for n in phrase}) for at, phrase in stands_for(text, found))
    return {name: frozenset((phrase & weights.keys()) - {name}) for name, phrase in said}
