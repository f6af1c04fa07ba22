"""Corrections: what an edited article says otherwise than its earlier version.

In:  the sentences of both versions.
Out: an Edit for each sentence that stood in the earlier version in nearly the same words, with what changed in it.
Not here: sentences that are new (novelty.py), whether an edit speaks (judge.py), values told by others (changes.py).
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from itertools import groupby, product, takewhile
from typing import Final

from monitor.analysis.changes import BORDER
from monitor.analysis.features import SentenceFeatures, features
from monitor.analysis.known import sentences_of
from monitor.model.article import Article
from monitor.model.judgement import Change, Copy, Known
from monitor.text.tokens import words
from monitor.text.values import CAPITAL_NOUNS, Kind, Value
from monitor.text.weights import weight

# Why these: docs/decisions/0015-what-the-reader-knows.md.
ALIKE: Final = 0.7  # share of words that two sentences have in the same order, to be versions of one
MOST_EDITED: Final = 30  # sentences that stand in one version only; with more it is another article
MOST_WORDS: Final = 80  # of a sentence that is compared: the cost grows with their square
LONGEST_NAME: Final = 6  # words
LONG: Final = 6  # letters of a name, of which one may be mistyped
MISTYPED: Final = 4  # letters of a word, of which one may be
REFORMATTED: Final = 1_000.0  # 1.5 million and 1,500,000 are one number: they differ by a power of ten from here on
BESIDE: Final = 2  # words between a value and the one put in its place: "March 12", "12 April"
REST: Final = 5  # words that say what a value or a name is about
ENDED: Final = re.compile(r"[.!?…。！？।؟۔][\s\"'”’»)\]]*$")  # counters, dates and bylines of a page seldom end so
VOWELS: Final = "aeiouyаеёиоуыэюя"
_SOUNDS: Final = str.maketrans({"c": "k", "q": "k", "z": "s", "w": "v", "h": None})


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A sentence of an article, and the one of its earlier version that it stands for."""

    sentence: str
    earlier: Known
    changes: tuple[Change, ...]  # numbers, dates and names that are others now
    is_mended: bool  # nothing but misspelt words was changed


def edits(article: Article, earlier: Article) -> tuple[Edit, ...]:
    """Return the sentences of an article that its earlier version has in other words; not those that only moved.

    What differs but in case, punctuation and white space is the same. A version that says nearly everything otherwise
    is another article: it has no edits.
    """
    on = earlier.date.date()  # of both: the same weekday is the same day, whenever the edit came
    before, after = _sentences(earlier, article.language, on), _sentences(article, article.language, on)
    old = [each for key, each in before.items() if key not in after]
    new = [each for key, each in after.items() if key not in before]
    if max(len(old), len(new)) > MOST_EDITED:
        return ()
    named: frozenset[str] = frozenset().union(*(each.names for each in (*before.values(), *after.values())))
    return tuple(_edit(pair, article, earlier, named) for pair in _pairs(old, new))


def is_later(article: Article, earlier: Article, kind: Copy) -> bool:
    """Whether an article is a later version of one it copies: at its address, or as the same entry of its feed."""
    one, other = article.entry, earlier.entry
    is_same_entry = one.feed == other.feed and one.listed_guid == other.listed_guid
    return kind is Copy.SAME_URL or is_same_entry or (one.url_key is not None and one.url_key == other.url_key)


def says_nearly(change: Change, known: SentenceFeatures) -> bool:
    """Whether a known sentence has nearly the words of the one in which something was changed."""
    return _likeness(known, features(change.sentence, known.language)) >= ALIKE


def gives(change: Change, known: SentenceFeatures) -> bool:
    """Whether a known sentence has the value or the name that is given now."""
    return _words_of(known).issuperset(words(change.now))


def _words_of(sentence: SentenceFeatures) -> frozenset[str]:
    return frozenset(token.text for token in sentence.tokens)


_Pair = tuple[SentenceFeatures, SentenceFeatures]  # a sentence, and its later version


def _sentences(article: Article, language: str, on: date) -> dict[tuple[str, ...], SentenceFeatures]:
    told = sentences_of(article.title, article.body, article.language)
    return {words(sentence): features(sentence, language, on=on) for sentence, is_noise in told if not is_noise}


def _pairs(old: Sequence[SentenceFeatures], new: Sequence[SentenceFeatures]) -> list[_Pair]:
    """Return sentences with their later versions, each once: by the words they share, those that share most first.

    Only what shares most is compared in full: that costs a hundred times as much.
    """
    before, after = ([Counter(token.text for token in each.tokens) for each in some] for some in (old, new))
    shared = [(_shared(before[at], after[to]), at, to) for at, to in product(range(len(old)), range(len(new)))]
    pairs: list[_Pair] = []
    taken_old, taken_new = set(), set()
    for share, at, to in sorted(shared, key=lambda found: (-found[0], found[2], found[1])):
        if share >= ALIKE and at not in taken_old and to not in taken_new:
            taken_old.add(at)
            taken_new.add(to)
            pairs.append((old[at], new[to]))
    return [pair for pair in pairs if _likeness(*pair) >= ALIKE]


def _shared(one: Counter[str], other: Counter[str]) -> float:
    """Return the share of words that two sentences have, in whatever order; never below their likeness."""
    return 2.0 * (one & other).total() / max(1, one.total() + other.total())


def _likeness(one: SentenceFeatures, other: SentenceFeatures) -> float:
    """Return the share of words that two sentences have in the same order; 0.0 where one is too long to compare."""
    is_short = max(len(one.tokens), len(other.tokens)) <= MOST_WORDS
    return _matcher(one, other).ratio() if is_short else 0.0


def _matcher(one: SentenceFeatures, other: SentenceFeatures) -> SequenceMatcher[str]:
    before, after = ([token.text for token in each.tokens] for each in (one, other))
    return SequenceMatcher(None, before, after, autojunk=False)


def _edit(pair: _Pair, article: Article, earlier: Article, named: AbstractSet[str]) -> Edit:
    one, other = pair
    known = Known(text=one.text, source=earlier.entry.id, outlet=earlier.entry.outlet, date=earlier.date)
    is_told = other.text == article.title or ENDED.search(other.text) is not None
    changes = _changes(one, other, known, named) if is_told else ()
    is_mended = not changes and _is_mended(one, other)
    return Edit(sentence=other.text, earlier=known, changes=changes, is_mended=is_mended)


def _changes(
    one: SentenceFeatures, other: SentenceFeatures, known: Known, named: AbstractSet[str]
) -> tuple[Change, ...]:
    found = [*_other_values(one, other), *_other_names(one, other, named)]
    return tuple(
        Change(
            what=_rest(other, now), was=_written(one, was), now=_written(other, now), before=known, sentence=other.text
        )
        for was, now in sorted(found, key=lambda pair: pair[1])
    )


Place = tuple[int, int]  # of a value or a name: tokens from, up to and without


def _other_values(one: SentenceFeatures, other: SentenceFeatures) -> list[tuple[Place, Place]]:
    """Return the values that stand where others of their kind stood, not those that moved or are written otherwise."""
    had, has = ({(value.kind, value.amount) for value in each.values} for each in (one, other))
    gone = [value for value in one.values if (value.kind, value.amount) not in has]
    come = [value for value in other.values if (value.kind, value.amount) not in had]
    blocks = _matcher(one, other).get_opcodes()
    found = []
    for value in come:
        was = next((each for each in gone if _stood_there(each, value, blocks)), None)
        if was is not None and not _is_reformatted(was, value):
            found.append((_place(one, was), _place(other, value)))
    return found


def _stood_there(was: Value, now: Value, blocks: Iterable[tuple[str, int, int, int, int]]) -> bool:
    """Whether one value stands in a sentence where the other stood: of a day that is the place of its month."""
    if was.kind is not now.kind:
        return False
    tag, low, high, start, _ = next(block for block in blocks if block[3] <= now.at < block[4])
    if tag == "equal":
        return was.at - low == now.at - start
    return low - BESIDE <= was.at < high + BESIDE if tag == "insert" else low <= was.at < high


def _is_reformatted(was: Value, now: Value) -> bool:
    if was.kind is not Kind.NUMBER:
        return False
    low, high = sorted((float(was.amount), float(now.amount)))
    return low > 0.0 and high / low >= REFORMATTED and math.log10(high / low).is_integer()


def _place(sentence: SentenceFeatures, value: Value) -> Place:
    """Return where a value stands: a day beside its month, on whichever side."""
    first, last = value.at, value.at
    if value.kind is Kind.DAY:
        number = value.amount.partition("-")[2].lstrip("0")
        beside = [at for at in (value.at - 1, value.at + 1) if 0 <= at < len(sentence.tokens)]
        day = next((at for at in beside if re.match(rf"0?{number}(?!\d)", sentence.tokens[at].text)), value.at)
        first, last = min(value.at, day), max(value.at, day)
    return first, last + 1


def _other_names(one: SentenceFeatures, other: SentenceFeatures, named: AbstractSet[str]) -> list[tuple[Place, Place]]:
    """Return the names that stand where others stood, spellings of one name left out.

    named: words that are written as names somewhere, so that one that begins its sentence is known for a name.
    """
    if other.language in CAPITAL_NOUNS:
        return []
    found = []
    for tag, low, high, start, end in _matcher(one, other).get_opcodes():
        if tag == "replace" and max(high - low, end - start) <= LONGEST_NAME:
            was = _name(one, range(low, high), named, but=_words_of(other))
            now = _name(other, range(start, end), named, but=_words_of(one))
            if was and now and not _is_same(one, was, other, now):
                found.append((was, now))
    return found


def _name(sentence: SentenceFeatures, reach: range, named: AbstractSet[str], *, but: AbstractSet[str]) -> Place | None:
    """Return the first name in reach that the other sentence does not have, as far as it goes."""

    def is_name(at: int) -> bool:
        token = sentence.tokens[at]
        is_first = at == 0 and token.text in named and sentence.text[token.start].isupper()
        return (is_first or token.text in sentence.names) and token.text not in but

    start = next(filter(is_name, reach), None)
    if start is None:
        return None
    return start, start + len(list(takewhile(is_name, range(start, reach.stop))))


def _is_same(one: SentenceFeatures, was: Place, other: SentenceFeatures, now: Place) -> bool:
    """Whether two names are one: another ending, another spelling of the same sounds, a slip, or its first letters."""
    if one.stems[slice(*was)] == other.stems[slice(*now)]:
        return True
    texts = [[token.text for token in each.tokens[slice(*place)]] for each, place in ((one, was), (other, now))]
    joined = ["".join(parts) for parts in texts]
    initials = ["".join(part[0] for part in parts) for parts in texts]
    return sounds_alike(*joined) or initials[0] == joined[1] or initials[1] == joined[0]


def sounds_alike(one: str, other: str) -> bool:
    """Whether two folded names may be spellings of one: the same consonants between as many vowels, or one slip.

    Transliteration respells vowels, doubles letters and drops an h: Wane and Wani, Ghassim and Gassim, Mohamed and
    Muhammad. Iran and Iraq differ in a consonant, Niger and Nigeria in a vowel more.
    """
    is_slip = min(len(one), len(other)) >= LONG and _is_one_slip(one, other)
    return is_slip or _sounds(one) == _sounds(other)


def _sounds(name: str) -> tuple[str, int]:
    """Return the consonants of a name, none twice in a row, and how many groups of vowels it has."""
    letters = name.translate(_SOUNDS)
    runs = [is_vowel for is_vowel, _ in groupby(letters, key=lambda letter: letter in VOWELS)]
    consonants = (letter for letter, _ in groupby(letter for letter in letters if letter not in VOWELS))
    return "".join(consonants), sum(runs)


def _is_one_slip(one: str, other: str) -> bool:
    """Whether one letter is missing, too many, another one, or has changed places with the next."""
    head = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
    one, other = one[head:], other[head:]
    tail = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one[::-1], other[::-1], strict=False)))
    left, right = one[: len(one) - tail], other[: len(other) - tail]
    return max(len(left), len(right)) <= 1 or (len(left) == len(right) == 2 and left == right[::-1])


def _is_mended(one: SentenceFeatures, other: SentenceFeatures) -> bool:
    """Whether two sentences differ by misspelt words alone."""
    blocks = [block for block in _matcher(one, other).get_opcodes() if block[0] != "equal"]
    return all(tag == "replace" and _is_respelt(one, (a, b), other, (c, d)) for tag, a, b, c, d in blocks)


def _is_respelt(one: SentenceFeatures, was: Place, other: SentenceFeatures, now: Place) -> bool:
    """Whether words are the same but for a slip: one of them is no common word, as "could" and "would" both are."""
    texts = [[token.text for token in each.tokens[slice(*place)]] for each, place in ((one, was), (other, now))]
    old, new = ("".join(parts) for parts in texts)
    if any(letter.isdigit() for letter in old + new) or min(len(old), len(new)) < MISTYPED:
        return False
    if all(names.issuperset(parts) for names, parts in zip((one.names, other.names), texts, strict=True)):
        return sounds_alike(old, new)
    return _is_one_slip(old, new) and max(weight(old), weight(new)) == 1.0


def _written(sentence: SentenceFeatures, place: Place) -> str:
    first, last = sentence.tokens[place[0]], sentence.tokens[place[1] - 1]
    return " ".join(sentence.text[first.start : last.end].split())


def _rest(sentence: SentenceFeatures, place: Place) -> str:
    """Return what a value or a name is about: the words behind it in its clause, else those before it."""
    after = range(place[1], min(len(sentence.tokens), place[1] + REST))
    behind = list(takewhile(lambda at: not _is_border(sentence, at), after))
    before = (max(0, place[0] - REST), place[0])
    if behind:
        return _written(sentence, (behind[0], behind[-1] + 1))
    return _written(sentence, before) if place[0] else ""


def _is_border(sentence: SentenceFeatures, at: int) -> bool:
    """Whether a clause begins at a token: punctuation stands before it."""
    return bool(BORDER.search(sentence.text[sentence.tokens[at - 1].end : sentence.tokens[at].start]))
