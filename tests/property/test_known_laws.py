"""Laws of the known set: kept in parts and joined, it is what it is when made at once and sentence by sentence."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from article_samples import index, known_text, vector
from hypothesis import given
from hypothesis import strategies as st

from monitor.analysis.changes import changes
from monitor.analysis.claims import statements, supporters
from monitor.analysis.features import SentenceFeatures, features
from monitor.analysis.known import (
    KnownSentence,
    KnownSet,
    capped,
    joined,
    known_parts,
    known_sentences,
    parts_of,
    sentences_of,
    stems_of,
)
from monitor.analysis.meaning import cosines, rows_of
from monitor.analysis.novelty import NEW_SENTENCE_WORDS, likeness_score
from monitor.analysis.overlap import POOL, WHOLE
from monitor.model.embedding import Vector
from monitor.model.watch import KnownText

WORDS = (
    "the dockers left harbour Tarvik strike mayor Norrland Norland ferry wages said refused 40 two killed "
    "soldiers in June Moura Maura of seventeen 15,000 le port de grève"
)
SENTENCE = st.lists(st.sampled_from(WORDS.split()), min_size=1, max_size=9).map(lambda some: f"{' '.join(some)}.")
LANGUAGE = st.sampled_from(["en", "fr", "und"])
TEXT = st.builds(
    lambda told, language, source: known_text("\n".join(told), language=language, source=source),
    st.lists(SENTENCE, max_size=5),
    LANGUAGE,
    st.sampled_from("abc"),
)
TEXTS = st.lists(TEXT, max_size=6)
MEANING = st.tuples(st.integers(-9, 9), st.integers(1, 9), st.integers(-9, 9)).map(lambda some: vector(*some))
MOST = st.integers(0, 12)


def told_one_by_one(texts: Sequence[KnownText], most: int) -> list[tuple[str, str]]:
    """What is known, sentence by sentence, each wording once, with where it stands."""
    found: dict[str, str] = {}
    for text in texts:
        for sentence, is_noise in sentences_of(text.title, text.text, text.language):
            if not is_noise and sentence not in found and len(found) < most:
                found[sentence] = text.source
    return list(found.items())


def postings_one_by_one(sentences: Sequence[KnownSentence], stems: frozenset[str]) -> dict[str, dict[str, list[int]]]:
    found: dict[str, dict[str, list[int]]] = {each.features.language: defaultdict(list) for each in sentences}
    for at, each in enumerate(sentences):
        for key in each.features.telling & stems:
            found[each.features.language][key].append(at)
    return found


def covered_one_by_one(known: KnownSet, sentence: SentenceFeatures) -> float:
    """The share that the best three known sentences cover together, chosen one after the other."""
    told = known.as_told(sentence)
    left = {each: round(known.weight(sentence.language, each, told[each]) * WHOLE) for each in told}
    total, covered = sum(left.values()), 0
    own = [each.features.telling if each.features.language == sentence.language else set() for each in known.sentences]
    for _ in range(POOL):
        shares = [sum(weight for each, weight in left.items() if each in theirs) for theirs in own]
        best = max(range(len(shares)), key=lambda at: (shares[at], -at))
        covered += shares[best]
        left = {each: weight for each, weight in left.items() if each not in own[best]}
    return covered / total if total else 1.0


def plain(known: KnownSet) -> dict[str, dict[str, list[int]]]:
    return {language: {key: at.tolist() for key, at in of.items()} for language, of in known.postings.items()}


def vectors_for(texts: Sequence[KnownText], meanings: Sequence[Vector]) -> dict[str, Vector]:
    told = dict.fromkeys(sentence for text in texts for sentence, _ in sentences_of("", text.text, text.language))
    return {sentence: meanings[at % len(meanings)] for at, sentence in enumerate(told)}


@given(TEXTS, MOST)
def test_parts_hold_each_wording_once_and_no_more_than_asked(texts: list[KnownText], most: int) -> None:
    parts = known_parts(texts, {}, most=most)
    found = [(each.known.text, each.known.source) for part in parts for each in part.sentences]
    assert found == told_one_by_one(texts, most)
    assert known_sentences(texts, {}, most=most) == tuple(each for part in parts for each in part.sentences)


@given(TEXTS, MOST)
def test_the_first_of_all_parts_are_the_first_of_their_sentences(texts: list[KnownText], most: int) -> None:
    parts = tuple(part for text in texts for part in known_parts([text], {}, most=99))
    kept = tuple(each for part in capped(parts, most) for each in part.sentences)
    assert kept == tuple(each for part in parts for each in part.sentences)[:most]


@given(TEXTS, st.lists(SENTENCE, min_size=1, max_size=4), LANGUAGE)
def test_joined_parts_find_what_is_found_one_by_one(texts: list[KnownText], told: list[str], language: str) -> None:
    """Also what was kept from before: parts are made once, and joined in any company."""
    parts = known_parts(texts, {}, most=99)
    stems = stems_of("", "\n".join(told), language, {})
    known = joined(parts, stems=stems)
    assert plain(known) == postings_one_by_one(known.sentences, stems)
    everything = frozenset(key for each in known.sentences for key in each.features.telling)
    assert plain(joined(parts)) == postings_one_by_one(known.sentences, everything)
    assert plain(joined(parts)) == plain(index(known.sentences)) == plain(joined(parts_of(known.sentences)))
    assert known.amounts == {value.amount for each in known.sentences for value in each.features.values}


@given(TEXTS, SENTENCE, LANGUAGE)
def test_whole_arrays_cover_what_sentences_cover_one_by_one(texts: list[KnownText], told: str, language: str) -> None:
    known = joined(known_parts(texts, {}, most=99), stems=stems_of("", told, language, {}))
    sentence = features(told, language)
    likeness = known.likeness(sentence)
    if known.sentences:
        assert likeness.coverage == min(1.0, covered_one_by_one(known, sentence))
    assert likeness == index(known.sentences).likeness(sentence)
    assert known.nearest(sentence, 3) == index(known.sentences).nearest(sentence, 3)


@given(TEXTS, st.lists(MEANING, min_size=1, max_size=6), SENTENCE, MEANING, LANGUAGE)
def test_joined_parts_mean_what_all_sentences_mean_at_once(
    texts: list[KnownText], meanings: list[Vector], told: str, meaning: Vector, language: str
) -> None:
    parts = known_parts(texts, vectors_for(texts, meanings), most=99)
    one, other = joined(parts), index(tuple(each for part in parts for each in part.sentences))
    assert (one.matrix is None) is (other.matrix is None) is (not one.sentences)
    if one.matrix is not None and other.matrix is not None:
        assert np.array_equal(one.matrix.numbers, other.matrix.numbers)
        assert np.array_equal(one.matrix.lengths, other.matrix.lengths)
    for each in one.offsets:
        assert np.array_equal(one.offsets[each], other.offsets[each])
        assert np.array_equal(one.gains[each], other.gains[each])
    sentence = features(told, language, meaning)
    assert one.likeness(sentence) == other.likeness(sentence)


@given(TEXTS, st.lists(st.tuples(SENTENCE, LANGUAGE), max_size=70), st.integers(0, 3))
def test_sentences_together_are_compared_as_one_by_one(
    texts: list[KnownText], told: list[tuple[str, str]], most: int
) -> None:
    known = joined(known_parts(texts, {}, most=99))
    sentences = [features(each, language) for each, language in told]
    assert known.likenesses(sentences) == tuple(map(known.likeness, sentences))
    assert known.nearests(sentences, most + 1) == tuple(known.nearest(each, most + 1) for each in sentences)


@given(
    TEXTS,
    st.lists(MEANING, min_size=1, max_size=6),
    st.lists(st.tuples(SENTENCE, LANGUAGE, MEANING | st.none()), max_size=9),
)
def test_meanings_together_are_compared_as_one_by_one(
    texts: list[KnownText], meanings: list[Vector], told: list[tuple[str, str, Vector | None]]
) -> None:
    known = joined(known_parts(texts, vectors_for(texts, meanings), most=99))
    sentences = [features(*each) for each in told]
    assert known.likenesses(sentences) == tuple(map(known.likeness, sentences))


def test_cosines_are_the_same_to_the_bit_in_any_company() -> None:
    dice = np.random.default_rng(5)
    rows = dice.normal(size=(300, 512))
    vectors = [np.rint(127 * row / np.linalg.norm(row)).astype(np.int8).tobytes() for row in rows]
    together = cosines(rows_of(vectors[:40]), rows_of(vectors))
    for at in range(40):
        assert np.array_equal(together[at], cosines(rows_of([vectors[at]]), rows_of(vectors))[0])
        assert np.array_equal(together[at, :7], cosines(rows_of([vectors[at]]), rows_of(vectors[:7]))[0])


@given(st.lists(SENTENCE, min_size=1, max_size=4), TEXTS, LANGUAGE)
def test_texts_that_are_left_out_say_nothing_of_the_new_sentences(
    quotes: list[str], others: list[KnownText], language: str
) -> None:
    for text in others:
        for quote in quotes:
            sentence = features(quote, language)
            if not statements([quote], [text], {}, language):
                said = joined(known_parts([text], {}, most=99), stems=sentence.telling)
                likeness = said.likeness(sentence)
                assert likeness.nearest is None or likeness_score(likeness, facts=0) >= NEW_SENTENCE_WORDS
                assert changes(sentence, said, ()) == ()
    alone = [each for text in others for each in statements(quotes, [text], {}, language)]
    assert supporters(statements(quotes, others, {}, language)) == supporters(alone)
