"""Counts: what became of how many people: so many dead, hurt, missing.

In:  a sentence, its tokens, its values.
Out: its tolls: number, fate, and who they were.
Not here: the numbers (values.py), whether one changed (analysis/tolls.py).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from monitor.text.tokens import Token
from monitor.text.values import Kind, Value
from monitor.text.weights import weight

BORDER: Final = re.compile("[,;:()–—،؛]")  # between two clauses
REACH: Final = 6  # tokens between a number and what became of those it counts
WHO: Final = 2  # tokens behind a number that say who they were


class Fate(StrEnum):
    """What became of those who are counted."""

    DEAD = "dead"
    HURT = "hurt"
    MISSING = "missing"
    HELD = "held"
    DRIVEN_OUT = "driven out"


_WORDS: Final[Mapping[Fate, Mapping[str, str]]] = {
    Fate.DEAD: {
        "en": "killed kill kills killing dead died die dies dying death deaths massacre massacred slain fatalities "
        "murdered bodies",
        "fr": "mort morts morte mortes tue tues tuee tuees tuant deces massacre massacres assassines cadavres",
        "es": "muerto muertos muertas muertes murieron mataron matado asesinados fallecidos masacre cadaveres",
        "de": "tote toten toter todesopfer getotet starben gestorben massaker leichen",
        "it": "morti morte uccisi uccise vittime massacro",
        "pt": "mortos mortas mortes morreram massacre",
        "ru": "погибли погибло погибших погиб убиты убито убитых жертв жертвами умерли",
        "ar": "قتل قتلي قتيلا مقتل قتلوا مصرع",
    },
    Fate.HURT: {
        "en": "injured injuring injuries wounded wounding hurt",
        "fr": "blesse blesses blessee blessees",
        "es": "herido heridos heridas lesionados",
        "de": "verletzt verletzte verletzten verwundet",
        "it": "feriti ferite",
        "pt": "feridos feridas",
        "ru": "ранены ранено раненых пострадали пострадавших",
        "ar": "جريحا جرحي اصيب مصابا",
    },
    Fate.MISSING: {
        "en": "missing unaccounted",
        "fr": "disparu disparus disparues",
        "es": "desaparecidos desaparecidas",
        "de": "vermisst vermisste vermissten",
        "it": "dispersi",
        "pt": "desaparecidos",
        "ru": "пропали пропавших",
        "ar": "مفقودا مفقودين",
    },
    Fate.HELD: {
        "en": "arrested detained arrests detentions jailed",
        "fr": "arrete arretes interpelles detenus",
        "es": "detenidos arrestados",
        "de": "festgenommen verhaftet inhaftiert",
        "it": "arrestati",
        "pt": "detidos presos",
        "ru": "задержаны задержано задержали арестованы",
        "ar": "اعتقال اعتقل معتقلا",
    },
    Fate.DRIVEN_OUT: {
        "en": "displaced evacuated fled homeless",
        "fr": "deplaces evacues",
        "es": "desplazados evacuados",
        "de": "evakuiert vertrieben obdachlos",
        "it": "sfollati evacuati",
        "pt": "deslocados evacuados",
        "ru": "эвакуированы эвакуировано",
        "ar": "نازح نازحا نزوح",
    },
}
_ANYBODY: Final = {
    "en": "people persons men others",
    "fr": "personnes gens autres",
    "es": "personas",
    "de": "menschen personen",
    "it": "persone",
    "pt": "pessoas",
    "ru": "человек человека людей",
    "ar": "شخص شخصا اشخاص",
}
_FATE_OF: Final = {
    language: {word: fate for fate, languages in _WORDS.items() for word in languages.get(language, "").split()}
    for language in _ANYBODY
}
_ANYBODY_OF: Final = {language: frozenset(words.split()) for language, words in _ANYBODY.items()}


# A count that is told as another one than before: "climbed to 164", "the death toll stands at 212". Folded.
_CHANGED: Final = {
    "en": "rise rises rose risen rising climb climbs climbed climbing increase increases increased increasing jump "
    "jumps jumped grow grows grew grown raise raises raised raising swell swells swelled soar soared reach reaches "
    "reached revise revises revised bring brings bringing brought lower lowered fall falls fell drop drops dropped",
    "fr": "passe passent passer monte montent monter alourdit alourdi eleve elever augmente augmenter atteint grimpe "
    "porte porter portant revu revise ramene",
    "es": "sube suben subio subieron subir aumenta aumentan aumento aumentaron asciende ascienden ascendio eleva "
    "elevan elevo llega llegan llego crece crecio",
    "de": "steigt steigen stieg stiegen gestiegen erhoht erhohte erhohen wachst wuchs klettert kletterte korrigiert "
    "korrigierte sinkt sank gesunken",
    "it": "sale salgono sale salito saliti aumenta aumentano cresce raggiunge arriva",
    "pt": "sobe sobem subiu subiram aumenta aumentou chega chegou eleva elevou",
    "ru": "выросло вырос возросло возрос увеличилось увеличился достигло поднялось растет",
    "ar": "ارتفع ارتفعت ارتفاع يرتفع ترتفع بلغ بلغت",
}
_TO: Final = {
    "en": "to at",
    "fr": "a de",
    "es": "a en",
    "de": "auf bei",
    "it": "a",
    "pt": "a para em",
    "ru": "до",
    "ar": "الي",
}
_SUM: Final = {  # what a count of people of one fate is called
    "en": "toll number",
    "fr": "bilan nombre",
    "es": "balance cifra numero",
    "de": "zahl opferzahl bilanz",
    "it": "bilancio numero",
    "pt": "balanco numero",
    "ru": "число количество",
    "ar": "حصيلة عدد",
}
# A number of some of those who are counted, not of all: "31 of the hospitals", "another five", "the last four".
_PART_BEHIND: Final = {
    "en": "of more among",
    "fr": "des parmi supplementaires",
    "es": "de mas entre",
    "de": "der von davon unter weitere weiteren",
    "it": "dei degli delle tra",
    "pt": "dos das entre",
    "ru": "из",
    "ar": "من",
}
_PART_BEFORE: Final = {
    "en": "another further additional first last final remaining other",
    "fr": "encore derniers dernieres premiers premieres autres",
    "es": "otros otras ultimos ultimas primeros primeras",
    "de": "weitere weiteren letzten ersten letzte erste",
    "it": "altri altre ultimi ultime primi prime",
    "pt": "outros outras ultimos ultimas primeiros primeiras",
    "ru": "еще последних последние первых первые",
    "ar": "اخر اول",
}
_PARTS: Final = {
    language: (frozenset(_PART_BEFORE[language].split()), frozenset(_PART_BEHIND[language].split()))
    for language in _PART_BEHIND
}
_RESTATING: Final = {language: frozenset(f"{_CHANGED[language]} {_SUM[language]}".split()) for language in _CHANGED}
_TO_OF: Final = {language: frozenset(words.split()) for language, words in _TO.items()}
BEFORE: Final = 3  # words between "to" and its number: "to at least 164"


@dataclass(frozen=True, slots=True, kw_only=True)
class Toll:
    """How many people shared a fate."""

    value: Value
    fate: Fate
    at: int  # index of the token that says so
    who: frozenset[str]  # folded words: soldiers; none where they may be anybody
    is_restated: bool = False  # told as another number than before: "rises to 164"


def tolls(text: str, tokens: Sequence[Token], values: Sequence[Value], language: str) -> tuple[Toll, ...]:
    """Return what became of those whom the numbers of a sentence count, where a word in the same clause says so."""
    listed = _FATE_OF.get(language, {})
    fates = {at: listed[token.text] for at, token in enumerate(tokens) if token.text in listed}
    if not fates:
        return ()
    clauses = clauses_of(text, tokens)
    found = []
    for value in values:
        is_restated = _is_restated(tokens, clauses, value, language)
        same = [at for at in fates if clauses[at] == clauses[value.at]]
        near = [at for at in same if is_restated or _distance(value, at) <= REACH]
        if value.kind is Kind.NUMBER and not value.unit.name and near and not is_part(tokens, value, language):
            at = min(near, key=lambda at: (_distance(value, at), at))
            who = _who(tokens, clauses, value, language)
            found.append(Toll(value=value, fate=fates[at], at=at, who=who, is_restated=is_restated))
    return tuple(found)


def _is_restated(tokens: Sequence[Token], clauses: Sequence[int], value: Value, language: str) -> bool:
    """Whether a number stands behind "to", in a clause that says that a count has changed or what it is."""
    before = {token.text for token in tokens[max(0, value.at - BEFORE) : value.at]}
    if before.isdisjoint(_TO_OF[language]):
        return False
    words = (token.text for token, clause in zip(tokens, clauses, strict=True) if clause == clauses[value.at])
    return not _RESTATING[language].isdisjoint(words)


def is_part(tokens: Sequence[Token], value: Value, language: str) -> bool:
    """Whether a number counts some of those it speaks of: "31 of the hospitals", "another five", "the last four"."""
    if value.unit.name or language not in _PARTS:
        return False
    before, behind = _PARTS[language]
    return (value.at > 0 and tokens[value.at - 1].text in before) or (
        len(tokens) > value.last + 1 and tokens[value.last + 1].text in behind
    )


def clauses_of(text: str, tokens: Sequence[Token]) -> list[int]:
    """Return the number of the clause that each token of a sentence stands in."""
    found: list[int] = []
    for at, token in enumerate(tokens):
        begins = at > 0 and BORDER.search(text[tokens[at - 1].end : token.start]) is not None
        found.append((found[-1] if found else 0) + begins)
    return found


def _distance(value: Value, at: int) -> int:
    return value.at - at if at < value.at else at - value.last


def _who(tokens: Sequence[Token], clauses: Sequence[int], value: Value, language: str) -> frozenset[str]:
    behind = range(value.last + 1, min(value.last + 1 + WHO, len(tokens)))
    found: list[str] = []
    for word in (tokens[at].text for at in behind if clauses[at] == clauses[value.at]):
        if word in _FATE_OF[language] or not weight(word):
            break
        if word in _ANYBODY_OF[language]:
            return frozenset()
        found.append(word)
    return frozenset(found)
