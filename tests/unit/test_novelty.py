"""Novelty: which sentences say what the reader does not know, and how new an article is."""

from dataclasses import replace
from datetime import date

from article_samples import HARBOUR, FakeEmbedder, judged, known_set, known_text, novelty, vector

from monitor.analysis.features import features
from monitor.analysis.novelty import article_novelty, has_vectors, judge_sentences, likeness_score, new_facts
from monitor.model.judgement import Label

NEWS = "Volcanologists measured glowing lava beneath the island of Hekkar."


def test_a_sentence_like_no_other_is_new() -> None:
    (only,) = judged(NEWS, known_set(HARBOUR))
    assert (only.label, only.nearest) == (Label.NEW, None)
    assert only.score > 0.9


def test_a_known_sentence_shows_its_nearest_evidence() -> None:
    (only,) = judged("The mayor asked both sides to negotiate again.", known_set(HARBOUR))
    assert only.label is Label.KNOWN
    assert only.nearest is not None
    assert only.nearest.text == "The mayor asked both sides to negotiate."
    assert (only.nearest.source, only.nearest.outlet) == ("baseline/a.md", "Wire")


def test_a_new_sentence_still_shows_what_comes_nearest() -> None:
    (only,) = judged("The mayor opened a museum of maritime paintings on the island of Hekkar.", known_set(HARBOUR))
    assert only.label is Label.NEW
    assert only.nearest is not None
    assert only.nearest.text == "The mayor asked both sides to negotiate."


def test_a_rewrite_that_changes_a_number_is_an_update() -> None:
    (only,) = judged("Some 13,000 dockers guard the northern harbour of Tarvik.", known_set(HARBOUR))
    assert only.label is Label.UPDATE
    assert [(change.was, change.now) for change in only.changes] == [("15,000", "13,000")]


def test_noise_is_named_and_scores_nothing() -> None:
    first, last = judged(f"{NEWS}\nShare this article", known_set())
    assert (first.label, last.label) == (Label.NEW, Label.NOISE)
    assert (last.score, last.nearest, last.salience) == (0.0, None, 0.0)


def test_with_nothing_known_all_is_new_and_no_single_fact_stands_out() -> None:
    """The first article of a watch brings only unknown names: they say nothing about newness."""
    found = judged(HARBOUR, known_set())
    assert {each.label for each in found} == {Label.NEW}
    assert {(each.facts, each.nearest) for each in found} == {(0, None)}
    assert judged("", known_set()) == ()


def test_a_few_small_words_say_nothing_by_themselves() -> None:
    """ "He left early and came again" is no news, though most of its words were never told."""
    (only,) = judged("He left early and came again.", known_set("Dockers came at noon because they want higher wages."))
    assert only.score > 0.5
    assert only.label is Label.KNOWN
    assert judged("He left early and came again.", known_set())[0].label is Label.NEW


def test_new_names_and_numbers_make_a_sentence_newer_but_only_so_far() -> None:
    known = known_set(HARBOUR).likeness(features("The mayor asked dockers to wait.", "en"))
    scores = [likeness_score(known, facts=facts) for facts in (0, 1, 2, 3, 99)]
    assert scores[0] < scores[1] < scores[2] == scores[3] == scores[4] <= 1.0


def test_facts_are_names_and_values_that_nobody_told() -> None:
    known = known_set(HARBOUR)
    sentence = features("The mayor of Tarvik met 15,000 dockers and 400 guests from Hekkar.", "en")
    assert new_facts(sentence, known, is_cross_language=False) == 2  # 400, Hekkar
    assert new_facts(sentence, known, is_cross_language=True) == 1  # 400


def test_a_title_is_judged_first_and_lends_its_words_weight() -> None:
    text = f"Farmers harvested barley early near Norrland. {NEWS}"
    title, aside, close = judged(text, known_set(), title="Glowing lava beneath Hekkar")
    assert title.sentence == "Glowing lava beneath Hekkar"
    assert close.salience > aside.salience


def test_a_single_new_number_carries_a_long_known_article() -> None:
    """One line of hard news in a known text must not drown among its known neighbours."""
    line = "Prosecutors charged 31 smugglers with poisoning the reservoir."
    found = judged(f"{HARBOUR} {line}", known_set(HARBOUR))
    assert [each.label for each in found] == [Label.KNOWN] * 4 + [Label.NEW]
    assert article_novelty(found) > 0.9


def test_one_odd_wording_without_a_fact_does_not_speak_for_a_known_article() -> None:
    found = judged(f"{HARBOUR} Nevertheless seagulls circled overhead.", known_set(HARBOUR))
    assert found[-1].label is Label.NEW
    assert article_novelty(found) < 0.6


def test_an_article_is_as_new_as_its_newest_three_sentences() -> None:
    sentences = [novelty(str(score), score=score) for score in (0.1, 0.9, 0.3, 0.6, 0.0, 0.2)]
    assert article_novelty(sentences) == 0.6
    assert article_novelty([*sentences, novelty("form", label=Label.NOISE, score=1.0)]) == 0.6


def test_a_short_item_is_as_new_as_the_newest_half_of_its_sentences() -> None:
    """Of a headline and a line, one may be all there is to tell."""
    assert article_novelty([novelty("headline", score=0.2), novelty("line", score=0.8)]) == 0.8
    assert article_novelty([novelty(str(score), score=score) for score in (0.2, 0.8, 0.4, 0.1)]) == 0.6
    assert article_novelty([novelty("short", score=0.4)]) == 0.4


def test_nothing_is_not_new_and_all_new_is_one() -> None:
    assert article_novelty([]) == 0.0
    assert article_novelty([novelty("form", label=Label.NOISE, score=0.0)]) == 0.0
    assert article_novelty([novelty("fact", score=1.0, facts=3)]) == 1.0


def test_meaning_makes_a_rewording_known_that_shares_few_words() -> None:
    """ "Walked out" is "began a strike": words alone call it new."""
    told, again = "The dockers began a strike.", "Harbour staff walked out."
    embedder = FakeEmbedder({told: vector(1, 0, 0, 0), again: vector(9, 1, 0, 0)})
    vectors = embedder.vectors(told, again)
    by_words = judged(again, known_set(told))[0]
    by_meaning = judged(again, known_set(told, vectors=vectors), vectors=vectors)[0]
    assert by_words.score > 0.9
    assert by_meaning.score < 0.6
    assert [has_vectors(known_set(told)), has_vectors(known_set(told, vectors=vectors))] == [False, True]


def test_a_translation_is_known_by_its_meaning_and_its_spelling_of_names_is_no_news() -> None:
    """Across languages words share nothing, and Tarwik is Tarvik: only meaning and numbers decide."""
    told, again = "The dockers of Tarvik began a strike.", "Ein Streik der Hafenarbeiter von Tarwik begann."
    embedder = FakeEmbedder({told: vector(1, 0, 0, 0), again: vector(1, 0, 0, 0)})
    vectors = embedder.vectors(told, again)
    (only,) = judged(again, known_set(told, vectors=vectors), language="de", vectors=vectors)
    assert (only.label, only.facts) == (Label.KNOWN, 0)
    assert only.nearest is not None
    assert only.nearest.text == told


def test_what_no_language_has_told_is_new_across_languages_too() -> None:
    told, other = "The dockers of Tarvik began a strike.", "Vulkanforscher fanden glühende Lava unter der Insel."
    embedder = FakeEmbedder({told: vector(1, 0, 0, 0)})
    vectors = embedder.vectors(told, other)
    (only,) = judged(other, known_set(known_text(told), vectors=vectors), language="de", vectors=vectors)
    assert only.label is Label.NEW
    assert only.score > 0.8


def test_chinese_is_judged_by_its_characters() -> None:
    known = known_set("部队星期二离开了北部的基地。", "总统周三在首都宣布举行选举。", language="zh")
    again, news = judged("星期二部队从北部的基地离开了。中央银行把利率提高到百分之五。", known, language="zh")
    assert (again.label, news.label) == (Label.KNOWN, Label.NEW)


def test_what_an_article_says_again_is_no_news() -> None:
    """A picture's text or a sub-heading that the body repeats; a lead may repeat the title."""
    title, lead, again = judged(f"{NEWS} {NEWS}", known_set(HARBOUR), title="Lava beneath Hekkar")
    assert [title.label, lead.label, again.label] == [Label.NEW, Label.NEW, Label.KNOWN]
    assert again.score == 0.0
    lead = judged("Lava glowed beneath Hekkar.", known_set(HARBOUR), title="Lava glowed beneath Hekkar yesterday")[1]
    assert lead.label is Label.NEW


def test_what_is_said_again_keeps_its_evidence() -> None:
    line = "The mayor asked both sides to talk."
    *_, again = judged(f"{line}\n{line}", known_set(HARBOUR))
    assert again.nearest is not None
    assert again.nearest.text == "The mayor asked both sides to negotiate."
    assert judged(f"{line}\n{line}\n{line}", known_set())[-1].nearest is None


def test_a_sentence_too_short_to_judge_is_as_new_as_the_one_before_it() -> None:
    """ "It went up again" says nothing by itself: after news it is news, after what is known it is known."""
    short = "It went up again."
    known = known_set(HARBOUR, "Bananas cost more than apples.")
    assert judged(f"{NEWS} {short}", known)[-1].label is Label.NEW
    assert judged(f"The mayor asked both sides to negotiate. {short}", known)[-1].label is Label.KNOWN


def test_a_short_heading_is_as_new_as_what_stands_below_it() -> None:
    known = known_set(HARBOUR)
    asked = "The mayor asked both sides to negotiate."
    assert judged(f"{asked}\nWhat comes next\n{NEWS}", known)[1].label is Label.NEW
    assert judged(f"{NEWS}\nWhat comes next\n{asked}", known)[1].label is Label.KNOWN


def test_leftovers_of_the_page_lend_no_context() -> None:
    short = "It went up again."
    assert judged(f"{NEWS}\nShare this article\n{short}", known_set(HARBOUR))[-1].label is Label.NEW


def test_a_name_in_other_letters_is_no_news() -> None:
    """Machine translation writes Wani for Wane and Elgassim for El Ghassim."""
    told = "The head of mission, El Ghassim Wane, called it nearly impossible."
    known = known_set(HARBOUR, told)
    (again,) = judged("The head of mission, Elgassim Wani, called it nearly impossible.", known)
    (other,) = judged("The head of mission, Peter Osk, called it nearly impossible.", known)
    assert (again.label, again.facts) == (Label.KNOWN, 0)
    assert other.facts == 2
    assert again.score < 0.1 < other.score


def test_a_first_name_beside_the_same_name_is_no_other_person() -> None:
    known = known_set(HARBOUR, "Then minister Abdoulaye Diop spoke.")
    assert judged("Then minister Abdallah Diop spoke.", known)[0].facts == 0
    assert judged("Then minister Abdallah Osk spoke.", known)[0].facts == 2


def test_a_weekday_is_no_new_fact_and_tells_which_date_was_told() -> None:
    known = known_set(known_text("The dockers met on Wednesday in Tarvik."))  # of 1 May 2024, a Wednesday
    same = judge_sentences([("The dockers met on May 1 in Tarvik.", False)], known, {}, "en", date(2024, 5, 3))
    later = judge_sentences([("The dockers met on May 2 in Tarvik.", False)], known, {}, "en", date(2024, 5, 3))
    friday = judge_sentences([("The dockers met on Friday in Tarvik.", False)], known, {}, "en", date(2024, 5, 3))
    assert [found[0].facts for found in (same, later, friday)] == [0, 1, 0]


def test_meaning_counts_more_than_words() -> None:
    known = known_set(HARBOUR).likeness(features("The mayor asked dockers to wait.", "en"))
    by_words = likeness_score(replace(known, coverage=1.0, meaning=0.0), facts=0)
    by_meaning = likeness_score(replace(known, coverage=0.0, meaning=1.0), facts=0)
    assert by_meaning < 0.5 < by_words


def test_what_turns_around_in_known_words_is_newer() -> None:
    known = known_set("Highway 18 near Tarvik is shut to lorries.")
    again, turned = (judged(text, known)[0] for text in (
        "Lorries: highway 18 near Tarvik is closed.", "Lorries: highway 18 near Tarvik is opened."
    ))  # fmt: skip
    assert turned.score > again.score


def test_a_headline_in_known_words_is_as_new_as_the_sentence_behind_it() -> None:
    known = known_set("The dockers of Tarvik went on strike.")
    title = ("Dockers of Tarvik strike", False)
    alone = judge_sentences([title], known, {}, "en")[0]
    news, old = (
        judge_sentences([title, (lead, False)], known, {}, "en")[0]
        for lead in (NEWS, "In Tarvik the dockers went on strike.")
    )
    assert alone.score <= old.score < news.score


def test_most_of_a_text_is_as_new_as_its_lead() -> None:
    known = known_set(HARBOUR)
    sentence = "The mayor asked all sides to hold talks beside the river."
    title = "Harbour of Tarvik: what the mayor asked"
    news, old = (
        judge_sentences([(title, False), (lead, False), (sentence, False)], known, {}, "en")[2]
        for lead in (NEWS, "The mayor asked both sides to negotiate.")
    )
    assert news.score > old.score
