"""Salience: which new sentences are developments, and which of them to quote."""

from dataclasses import replace

from article_samples import novelty

from monitor.analysis.features import features
from monitor.analysis.salience import choose, salience
from monitor.model.judgement import Change, Known


def figure(sentence: str, *, title: str = "", score: float = 0.8, language: str = "en") -> float:
    return salience(features(sentence, language), features(title, language) if title else None, score)


def test_newer_sentences_matter_more() -> None:
    assert 0.0 == figure("Dockers left.", score=0.0) < figure("Dockers left.", score=0.5) < figure("Dockers left.")


def test_closeness_to_the_title_raises_a_sentence() -> None:
    title = "Dockers leave Tarvik harbour"
    near = figure("The dockers of Tarvik left the harbour.", title=title)
    assert near > figure("The mayor of Tarvik slept.", title=title) > figure("A seagull slept.", title=title)
    assert (
        figure("A seagull slept.", title=title) == figure("A seagull slept.") == figure("A seagull slept.", title="!")
    )


def test_what_somebody_said_matters_more() -> None:
    plain = figure("The strike goes on.")
    assert figure("The strike goes on, the mayor said.") > plain
    assert figure("“The strike goes on.”") > plain
    assert figure("La grève continue, a déclaré le maire.", language="fr") > figure("La grève continue.", language="fr")


def test_a_year_marks_background() -> None:
    assert figure("The harbour was built in 1987.") < figure("The harbour was built in stone.")
    assert figure("The harbour was built in 1987.", score=0.1) == 0.0


def test_the_most_salient_sentences_are_quoted_first() -> None:
    found = choose([novelty("Seagulls slept.", salience=0.5), novelty("Dockers struck.", salience=0.9)])
    assert [each.sentence for each in found] == ["Dockers struck.", "Seagulls slept."]


def test_equally_salient_sentences_keep_their_order() -> None:
    names = ["Dockers struck.", "Seagulls slept.", "Ferries waited."]
    assert [each.sentence for each in choose([novelty(name) for name in names])] == names


def test_a_quote_that_repeats_a_chosen_one_is_left_out() -> None:
    once = novelty("The dockers left the harbour at noon.", salience=0.9)
    again = novelty("At noon the dockers left.", salience=0.8)
    assert choose([again, once, novelty("Ferries waited.", salience=0.5)]) == (
        once,
        novelty("Ferries waited.", salience=0.5),
    )


def test_what_matters_half_as_much_as_the_best_is_left_to_the_text() -> None:
    best, little = novelty("Dockers struck.", salience=0.9), novelty("Seagulls slept.", salience=0.44)
    assert choose([little, best]) == (best,)
    before = Known(text="Two seagulls slept.", source="a", outlet="Wire", date=None)
    change = Change(what="seagulls", was="Two", now="Five", before=before, sentence=little.sentence)
    counted = replace(little, changes=(change,))
    assert choose([counted, best]) == (best, counted)


def test_no_more_are_quoted_than_asked_for() -> None:
    many = [novelty(f"{word} {word}ing") for word in ("dock", "sleep", "wait", "paint", "sing", "row", "swim")]
    assert len(choose(many)) == 5
    assert len(choose(many, most=2)) == 2
    assert choose([]) == ()


def test_sentences_without_words_repeat_nothing() -> None:
    assert len(choose([novelty("…"), novelty("***")])) == 2


def test_what_looks_back_is_background() -> None:
    assert figure("In recent months the ferries were late.") < figure("This morning the ferries were late.")


def test_a_heading_is_not_worth_a_quotation_but_the_title_is() -> None:
    heading = "Ferries wait for dockers"
    assert figure(heading) == 0.0 < figure(heading + ".")
    assert figure(heading, title=heading) > 0.0


def test_small_words_make_no_repetition() -> None:
    """Two quotations of one person share who spoke and where, not what was said."""
    one = novelty("“It is the worst flood,” he said of it.", salience=0.9)
    other = novelty("“It is for them that dockers came,” he said of it.", salience=0.8)
    assert choose([one, other]) == (one, other)
