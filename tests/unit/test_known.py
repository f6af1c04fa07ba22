"""The known set: what the reader knows, and how much of a sentence that covers."""

from dataclasses import replace

import pytest
from article_samples import HARBOUR, FakeEmbedder, index, known_set, known_text, vector

from monitor.analysis.features import features
from monitor.analysis.known import known_parts, known_sentences, sentences_of, stems_of
from monitor.model.embedding import CROSS_LANGUAGE, SAME_LANGUAGE, Scale
from monitor.model.watch import KnownText
from monitor.text.fingerprint import word_hash

STRIKE = "The dockers of the northern harbour began a strike."
GREVE = "Les ouvriers du port du nord ont cessé le travail."


def test_the_title_comes_first_and_is_not_said_twice() -> None:
    body = "Dockers leave the harbour\nThey want higher wages."
    expected = ("Dockers leave the harbour", "They want higher wages.")
    assert tuple(text for text, _ in sentences_of("Dockers leave the harbour", body, "en")) == expected
    assert tuple(text for text, _ in sentences_of("DOCKERS leave the harbour.", body, "en"))[1:] == expected[1:]


def test_a_text_without_a_title_begins_with_its_first_sentence() -> None:
    assert sentences_of("", "One left. Two stayed.", "en") == (("One left.", False), ("Two stayed.", False))
    assert sentences_of(" ", "", "en") == ()
    assert sentences_of("Only a headline", "", "en") == (("Only a headline", False),)


@pytest.mark.parametrize("line", ["* * *", "…", "—", "Leave a comment", "Share this article"])
def test_leftovers_and_lines_without_a_word_are_noise(line: str) -> None:
    """A row of stars must neither be quoted as new nor weigh an article down."""
    text = f"The dockers of Tarvik have left the harbour because they want higher wages.\n{line}"
    assert [is_noise for _, is_noise in sentences_of("", text, "en")] == [False, True]


def test_known_sentences_remember_where_they_stand() -> None:
    known = known_set(known_text("They left. Share this article\nThey came.", title="Dockers", source="a.md"))
    assert [each.known.text for each in known.sentences] == ["Dockers", "They left.", "They came."]
    assert {(each.known.source, each.known.outlet) for each in known.sentences} == {("a.md", "Wire")}


def test_a_wording_that_was_told_twice_counts_once_with_its_first_source() -> None:
    known = known_set(known_text(STRIKE, source="a.md"), known_text(STRIKE, source="b.md"))
    assert [each.known.source for each in known.sentences] == ["a.md"]


def test_a_known_set_holds_no_more_than_it_may() -> None:
    assert len(known_set(HARBOUR, most=2).sentences) == 2
    assert len(known_set(HARBOUR).sentences) == 4


def test_an_empty_known_set_knows_nothing() -> None:
    likeness = known_set().likeness(features(STRIKE, "en"))
    assert (likeness.coverage, likeness.meaning, likeness.nearest) == (0.0, None, None)
    assert known_set().likeness(features(STRIKE, "en", vector(1, 0))).meaning == 0.0


def test_a_sentence_without_a_telling_word_says_nothing_new() -> None:
    likeness = known_set(HARBOUR).likeness(features("And so it is.", "en"))
    assert (likeness.coverage, likeness.nearest) == (1.0, None)


def test_a_sentence_is_covered_by_up_to_three_known_ones_together() -> None:
    """What four articles told bit by bit is known, though none of them told it all; a fifth bit is one too many."""
    parts = ["Dockers strike.", "Ferries wait.", "Cranes rust.", "Mayors negotiate."]
    likeness = known_set(*parts).likeness(features("Dockers strike, ferries wait and cranes rust.", "en"))
    assert likeness.coverage > 0.99
    assert (
        known_set(*parts[:2]).likeness(features("Dockers strike, ferries wait and cranes rust.", "en")).coverage < 0.9
    )
    four = known_set(*parts).likeness(features("Dockers strike, ferries wait, cranes rust, mayors negotiate.", "en"))
    assert 0.5 < four.coverage < 0.95


def test_the_nearest_known_sentence_is_the_one_that_says_most_of_it() -> None:
    known = known_set(HARBOUR)
    nearest = known.likeness(features("Two cranes were damaged again.", "en")).nearest
    assert nearest is not None
    assert known.sentences[nearest].known.text == "Two cranes were damaged during a protest in March."
    assert known.nearest(features("Two cranes were damaged again.", "en"), 1) == (nearest,)
    assert known.likeness(features("Volcanologists measured lava.", "en")).nearest is None


def test_words_of_another_language_cover_nothing() -> None:
    """Port means harbour in one language and not in the other: only meaning may cross."""
    known = known_set(known_text("Le port est plein.", language="fr"))
    assert known.likeness(features("The port is closed.", "en")).coverage == 0.0


def test_a_word_that_stands_in_many_known_sentences_tells_less() -> None:
    once = known_set("The dockers left.")
    often = known_set(*(f"The dockers left pier {number}." for number in range(60)))
    assert often.weight("en", "docker", 1.0) < once.weight("en", "docker", 1.0) < once.weight("en", "ferri", 1.0) == 1.0
    assert often.weight("en", "docker", 1.0) >= 0.1


def test_without_a_vector_for_every_known_sentence_only_words_are_compared() -> None:
    sentence = features(STRIKE, "en", vector(1, 0))
    assert known_set("Dockers left.", vectors={}).likeness(sentence).meaning is None
    some = known_set("Dockers left.", "Ferries wait.", vectors={"Dockers left.": vector(1, 0)})
    assert some.likeness(sentence).meaning is None
    every = known_set("Dockers left.", vectors={"Dockers left.": vector(1, 0)})
    assert every.likeness(features(STRIKE, "en")).meaning is None


def test_meaning_is_how_far_known_sentences_rebuild_a_vector_together() -> None:
    vectors = {"Dockers left.": vector(1, 0, 0, 0), "Ferries wait.": vector(0, 1, 0, 0)}
    known = known_set(*vectors, vectors=vectors)
    between = known.likeness(features("Harbour workers went.", "en", vector(1, 1, 0, 0)))
    beside = known.likeness(features("Harbour workers went.", "en", vector(1, 0, 1, 0)))
    apart = known.likeness(features("Harbour workers went.", "en", vector(0, 0, 1, 1)))
    assert between.meaning == pytest.approx(1.0, abs=0.01)
    assert beside.meaning == pytest.approx(0.71, abs=0.01)
    assert apart.meaning == pytest.approx(0.0, abs=0.01)


def test_at_most_three_known_sentences_rebuild_a_meaning() -> None:
    """The nearest three: many vectors together would rebuild anything."""
    axes = [vector(1, 0, 0, 0), vector(0, 1, 0, 0), vector(0, 0, 1, 0), vector(0, 0, 0, 1)]
    vectors = dict(zip(["Dockers left.", "Ferries wait.", "Cranes rust.", "Mayors sleep."], axes, strict=True))
    known = known_set(*vectors, vectors=vectors)
    mixed = known.likeness(features("Harbour workers went.", "en", vector(1, 1, 1, 1))).meaning
    pure = [known.likeness(features("Harbour workers went.", "en", axis)).meaning for axis in axes]
    assert mixed == pytest.approx(0.87, abs=0.01)
    assert pure == pytest.approx([1.0] * 4, abs=0.01)


def test_of_two_with_one_meaning_the_one_with_its_words_is_the_evidence() -> None:
    vectors = {"Harbour staff walked out.": vector(1, 0), "The dockers left work.": vector(1, 0)}
    known = known_set(*vectors, vectors=vectors)
    assert known.likeness(features("All dockers left.", "en", vector(9, 1))).nearest == 1


def test_a_translation_is_found_by_its_meaning() -> None:
    embedder = FakeEmbedder({STRIKE: vector(1, 0, 0, 0), GREVE: vector(9, 2, 0, 0)})
    known = known_set(known_text(STRIKE), vectors=embedder.vectors(STRIKE), language="en")
    likeness = known.likeness(features(GREVE, "fr", embedder.vectors(GREVE)[GREVE]))
    assert likeness.is_cross_language
    assert likeness.meaning is not None
    assert likeness.meaning > 0.9
    assert (likeness.coverage, likeness.nearest) == (0.0, 0)


def test_a_translation_is_given_what_vectors_lose_between_languages() -> None:
    """Sentences that say the same lie a little farther apart across languages than within one."""
    known = known_set(STRIKE, vectors={STRIKE: vector(1, 0)})
    across, within = (known.likeness(features(GREVE, language, vector(6, 8))).meaning for language in ("fr", "en"))
    assert across is not None
    assert within is not None
    assert across > within + 0.05


def test_within_one_language_nothing_crosses() -> None:
    known = known_set(STRIKE, vectors={STRIKE: vector(1, 0)})
    assert not known.likeness(features("They struck.", "en", vector(1, 0))).is_cross_language


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_opposite_in_meaning_is_no_less_than_unknown(language: str) -> None:
    """A likeness lies in [0, 1], also where vectors point away from all that is known."""
    known = known_set(STRIKE, vectors={STRIKE: vector(1, 0)})
    meaning = known.likeness(features(GREVE, language, vector(-1, 0))).meaning
    assert meaning is not None
    assert 0.0 <= meaning <= 1.0


def test_a_vector_of_nothing_is_like_nothing() -> None:
    known = known_set(STRIKE, vectors={STRIKE: bytes(2)})
    assert known.likeness(features("They struck.", "en", bytes(2))).meaning == 0.0


def test_what_is_indexed_for_one_text_alone_judges_it_as_the_whole_index_does() -> None:
    texts = [KnownText(source="b", title="Strike", text=HARBOUR, language="en", date=None, outlet="")]
    known = known_sentences(texts, {}, most=99)
    title, text = (
        "Dockers end their strike",
        "The mayor of Tarvik thanked 400 dockers. Cranes work again. See also: Lava",
    )
    whole, narrow = index(known), index(known, stems=stems_of(title, text, "en", {}))
    assert 0 < len(narrow.postings["en"]) < len(whole.postings["en"])
    for sentence in (title, *text.split(". ")[:2]):
        asked = features(sentence, "en")
        assert narrow.likeness(asked) == whole.likeness(asked)
        assert narrow.nearest(asked, 3) == whole.nearest(asked, 3)


def test_a_name_in_other_letters_is_covered_by_what_was_told() -> None:
    known = known_set("The envoy came to Moura.", "Tarvik is calm.")
    again, other = (known.likeness(features(f"The envoy came to {town}.", "en")) for town in ("Maura", "Dolany"))
    assert again.coverage == pytest.approx(1.0)
    assert other.coverage < 0.7
    assert known.respelt(features("The envoy came to Maura.", "en")) == {"maura": "moura"}


def test_a_name_that_was_told_is_not_looked_for_in_other_letters() -> None:
    known = known_set("The envoy came to Moura and to Maura.")
    assert known.respelt(features("The envoy came to Maura.", "en")) == {}
    assert known.respelt(features("The envoy came to Dolany.", "en")) == {}


def test_a_name_is_told_in_whatever_language() -> None:
    known = known_set(known_text("Der Streik in Tarvik begann.", language="de"))
    assert known.has_told("tarvik", "en")
    assert not known.has_told("dolany", "en")


def test_what_is_indexed_for_one_text_knows_names_in_other_letters_too() -> None:
    known = known_sentences([known_text("The envoy came to Moura. Tarvik is calm.")], {}, most=99)
    asked = features("The envoy came to Maura.", "en")
    narrow = index(known, stems=stems_of("", "The envoy came to Maura.", "en", {}))
    assert narrow.likeness(asked) == index(known).likeness(asked)


def test_the_sentence_before_is_of_the_same_text() -> None:
    known = known_set(known_text("Dockers left. Ferries wait.", source="a"), known_text("Cranes rust.", source="b"))
    assert known.before(0) is None
    before = known.before(1)
    assert before is not None
    assert before.text == "Dockers left."
    assert known.before(2) is None


def test_vectors_of_two_models_are_not_held_against_each_other() -> None:
    """A model may be exchanged behind its name: then words alone are compared, and nothing fails."""
    known = known_set(STRIKE, vectors={STRIKE: vector(1, 0)})
    assert known.likeness(features(STRIKE, "en", vector(1, 0))).meaning == 1.0
    assert known.likeness(features(STRIKE, "en", vector(1, 0, 0))).meaning is None
    mixed = known_set(STRIKE, GREVE, vectors={STRIKE: vector(1, 0), GREVE: vector(1, 0, 0)})
    assert mixed.matrix is None


def test_a_models_likenesses_are_read_on_its_own_scale() -> None:
    """Where .5 is what sentences that differ have, and .9 what those have that agree, .7 says what .565 says else."""
    half = vector(0.7, (1 - 0.49) ** 0.5)
    sentence = KnownText(source="a", title="", text=STRIKE, language="en", date=None, outlet="")
    known = known_sentences([sentence], {STRIKE: vector(1, 0)}, most=9)
    read = index(known, scale=Scale.of((0.5, 0.9), (0.3, 0.7)))
    assert read.likeness(features("Other words.", "en", half)).meaning == pytest.approx(0.565, abs=0.01)
    across = read.likeness(features("D'autres mots.", "fr", half))
    assert across.is_cross_language
    assert across.meaning == pytest.approx(0.62 + 0.12, abs=0.01)


def test_where_both_languages_are_known_each_is_read_on_its_own_scale() -> None:
    told = ((STRIKE, "en"), (GREVE, "fr"))
    texts = [KnownText(source="a", title="", text=t, language=each, date=None, outlet="") for t, each in told]
    known = known_sentences(texts, {STRIKE: vector(1, 0, 0), GREVE: vector(0, 0, 1)}, most=9)
    read = index(known, scale=Scale.of((0.5, 0.9), (0.3, 0.7)))
    likeness = read.likeness(features("D'autres mots.", "fr", vector(0.7, (1 - 0.49) ** 0.5, 0)))
    assert likeness.is_cross_language
    assert likeness.meaning == pytest.approx(0.62 + 0.12, abs=0.01)


def test_the_packaged_models_scale_changes_nothing() -> None:
    assert (Scale().gain, Scale().offset, Scale().cross_gain, Scale().cross_offset) == (1.0, 0.0, 1.0, 0.12)
    default = Scale.of(SAME_LANGUAGE, CROSS_LANGUAGE)
    assert (default.gain, default.cross_gain, default.cross_offset) == pytest.approx((1.0, 1.0, 0.12))
    assert default.offset == pytest.approx(0.0)


def test_a_language_can_be_compared_by_meaning_or_by_words_of_its_own() -> None:
    assert known_set().has_language("fr")  # nothing is known at all: everything is new
    assert known_set(STRIKE).has_language("en")
    assert not known_set(STRIKE).has_language("fr")
    texts = [(STRIKE, "en"), (f"{STRIKE} Again.", "en"), (GREVE, "fr")]
    told = [KnownText(source="a", title="", text=t, language=each, date=None, outlet="") for t, each in texts]
    mixed = index(known_sentences(told, {}, most=9))
    assert mixed.has_language("en")
    assert not mixed.has_language("fr")  # one of four sentences: most of what is known cannot be compared
    assert known_set(STRIKE, vectors={STRIKE: vector(1, 0)}).has_language("fr")


def test_words_whose_keys_begin_alike_are_told_apart() -> None:
    """A key is guessed by its last bits, which a few of many words share."""
    met: dict[int, str] = {}
    for word in (f"kav{chr(97 + n % 26)}{chr(97 + n // 26 % 26)}{chr(97 + n // 676)}ko" for n in range(17_576)):
        twin = met.setdefault(word_hash(f"en {word}") & 0xFFFF, word)
        if twin != word:
            break
    known = known_sentences([known_text(f"The {twin} sank. A {word} came. The {word} left.")], {}, most=9)
    for asked, at in ((twin, [0]), (word, [1, 2])):
        assert list(index(known, stems={asked}).having("en", asked)) == at
        assert list(index(known).having("en", asked)) == at
        assert list(index(known, stems={"kavako", twin, word}).having("en", asked)) == at


def test_a_text_that_was_told_before_is_worked_out_once() -> None:
    text = known_text("Dockers left. Ferries wait.")
    [one], [other] = (known_parts([replace(text)], {}, most=9) for _ in range(2))
    assert one is other
    told_first = known_text("Ferries wait.", source="first.md")
    _, rest = known_parts([told_first, text], {}, most=9)
    assert [each.known.text for each in rest.sentences] == ["Dockers left."]
    assert known_parts([told_first, text], {}, most=9)[1] is rest
