"""Laws of novelty: scores stay in [0, 1], what is known is known, and what bears on nothing changes nothing.

That one more known sentence never makes another one newer is no law: a word that recurs among the known tells less, so
that the words that are still new come to weigh more.
"""

from article_samples import FakeEmbedder, judged, known_set, known_text, vector
from hypothesis import given
from hypothesis import strategies as st

from monitor.analysis.features import features
from monitor.analysis.known import KnownSet
from monitor.analysis.novelty import article_novelty, new_facts
from monitor.model.judgement import Label, Novelty
from monitor.model.watch import KnownText

WORDS = (
    "the dockers left harbour Tarvik strike mayor Norrland ferry wages cranes said refused offered arrested police Ber "
    "15,000 13,000 40 two in June March 2023 and of their new “higher”"
)
# None of these words, nor a number or name, stands among the ones above.
OTHER_WORDS = "volcanologists measured lava beneath hekkar ash roofs villagers"


def sentences(words: str, most: int) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(words.split()), min_size=1, max_size=most).map(lambda some: f"{' '.join(some)}.")


SENTENCE = sentences(WORDS, 9)
APART = sentences(OTHER_WORDS, 6)
SENTENCES = st.lists(SENTENCE, max_size=6)
TEXT = SENTENCES.map("\n".join) | st.text(max_size=80)
LANGUAGE = st.sampled_from(["en", "fr", "und", "zh"])
VECTOR = st.lists(st.integers(-9, 9), min_size=4, max_size=4).filter(any).map(lambda numbers: vector(*numbers))
ROUNDED = 1e-3


def scores(text: str, known: KnownSet) -> list[float]:
    return [each.score for each in judged(text, known)]


def is_fair(each: Novelty) -> bool:
    return 0.0 <= each.score <= 1.0 and 0.0 <= each.salience <= 1.0 and each.facts >= 0


@given(TEXT, TEXT, LANGUAGE, LANGUAGE, st.text(max_size=20))
def test_every_score_lies_between_nothing_and_all(text: str, told: str, one: str, other: str, title: str) -> None:
    found = judged(text, known_set(known_text(told, language=other)), title=title, language=one)
    assert all(is_fair(each) for each in found)
    assert 0.0 <= article_novelty(found) <= 1.0


@given(st.dictionaries(SENTENCE, VECTOR, min_size=1, max_size=5), SENTENCE, VECTOR, LANGUAGE)
def test_every_score_with_meaning_lies_there_too(
    told: dict[str, bytes], sentence: str, meaning: bytes, language: str
) -> None:
    vectors = FakeEmbedder({**told, sentence: meaning}).vectors(*told, sentence)
    found = judged(sentence, known_set(*told, vectors=vectors), language=language, vectors=vectors)
    assert all(is_fair(each) for each in found)
    assert 0.0 <= article_novelty(found) <= 1.0


@given(TEXT, LANGUAGE, st.text(max_size=20))
def test_an_article_held_against_itself_is_all_known(text: str, language: str, title: str) -> None:
    found = judged(text, known_set(known_text(text, title=title, language=language)), title=title, language=language)
    assert {each.label for each in found} <= {Label.KNOWN, Label.NOISE}
    assert all(each.score < ROUNDED and each.facts == 0 and not each.changes for each in found)
    assert article_novelty(found) < ROUNDED


@given(SENTENCE, VECTOR, st.dictionaries(SENTENCE, VECTOR, max_size=5))
def test_a_sentence_that_was_told_is_known_by_its_meaning_too(
    sentence: str, meaning: bytes, others: dict[str, bytes]
) -> None:
    vectors = {**others, sentence: meaning}
    found = judged(sentence, known_set(sentence, *others, vectors=vectors), vectors=vectors)
    assert all(each.label in (Label.KNOWN, Label.NOISE) and each.score < 0.02 for each in found)


@given(SENTENCE, st.lists(SENTENCE, max_size=12))
def test_a_sentence_that_was_told_is_known_whatever_else_was(sentence: str, others: list[str]) -> None:
    assert all(score < ROUNDED for score in scores(sentence, known_set(*others, sentence)))


@given(TEXT, st.lists(SENTENCE, max_size=3))
def test_the_order_of_what_is_known_changes_no_score(text: str, told: list[str]) -> None:
    """As many known sentences as may cover one together; of more, the first of equals is taken."""
    orders = [told, told[::-1], sorted(told)]
    first, *others = [scores(text, known_set(*order)) for order in orders]
    for other in others:
        assert all(abs(a - b) < ROUNDED for a, b in zip(first, other, strict=True))


@given(TEXT, SENTENCES, st.lists(SENTENCE, max_size=6))
def test_how_the_known_is_cut_into_documents_changes_nothing(text: str, one: list[str], other: list[str]) -> None:
    def labels(*texts: KnownText) -> list[tuple[Label, float]]:
        return [(each.label, each.score) for each in judged(text, known_set(*texts))]

    parts = known_text("\n".join(one)), known_text("\n".join(other), source="b.md")
    assert labels(*parts) == labels(known_text("\n".join([*one, *other])))


@given(SENTENCES, SENTENCES, APART)
def test_a_known_sentence_that_shares_nothing_changes_nothing(text: list[str], told: list[str], more: str) -> None:
    """With anything known at all: against nothing, names and numbers do not count."""
    one, other = (scores("\n".join(text), known_set(*known)) for known in (["Ash.", *told], ["Ash.", *told, more]))
    assert one == other


@given(SENTENCE, SENTENCES, SENTENCES)
def test_more_knowledge_never_makes_a_name_or_number_news(sentence: str, told: list[str], more: list[str]) -> None:
    seen = features(sentence, "en")
    less, all_of_it = known_set(*told), known_set(*told, *more)
    for crosses in (False, True):
        assert new_facts(seen, all_of_it, is_cross_language=crosses) <= new_facts(seen, less, is_cross_language=crosses)


@given(TEXT, SENTENCES)
def test_an_update_names_a_value_of_each_side(text: str, told: list[str]) -> None:
    for each in judged(text, known_set(*told)):
        assert (each.label is Label.UPDATE) == bool(each.changes)
        for change in each.changes:
            assert change.sentence == each.sentence
            assert change.now in each.sentence
            assert change.was in change.before.text
            assert change.what in " ".join(each.sentence.split())
            assert change.was != change.now


@given(TEXT, SENTENCES)
def test_judging_twice_gives_the_same(text: str, told: list[str]) -> None:
    assert judged(text, known_set(*told)) == judged(text, known_set(*told))
