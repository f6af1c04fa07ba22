"""Noise: the page around an article is not the article."""

import pytest

from monitor.text.noise import is_noise, mask

NEWS = ("Troops left the northern base on Friday.", "The governor said the road was closed until further notice.")


@pytest.mark.parametrize(
    "line",
    [
        "Leave a Reply",
        "Leave a comment",
        "Your email address will not be published.",
        "Required fields are marked *",
        "Share this article",
        "Follow us on Facebook",
        "Subscribe to our daily newsletter",
        "Let’s Connect",
        "See also  The other story of the day",
        "Read also: Another story",
        "READ MORE",
        "Advertisement",
        "(Reporting by Ann Other; Editing by Some One)",
        "Reporting by Ann Other; Editing by Some One",
        "We use cookies to improve your experience.",
        "Photo: Example Agency/Ann Other",
        "[Reuters]",
        "© 2024 Example Media. All rights reserved.",
        "Got a tip?",
        "Interested in advertising with us?",
        "Laisser un commentaire",
        "Lire aussi : une autre histoire",
        "Votre adresse e-mail ne sera pas publiée.",
        "Kommentar schreiben",
        "Lesen Sie auch: Noch ein Text",
        "Deja un comentario",
        "Lea también: Otra historia",
        "Читайте также: Другая новость",
        "Подпишитесь на наш канал",
        "Добавить комментарий",
        "اقرأ أيضا: خبر آخر",
        "اترك تعليقاً",
        "جميع الحقوق محفوظة",
        "Leia também: Outra história",
        "Leggi anche: Un'altra storia",
    ],
)
def test_leftovers_of_pages_are_known_in_several_languages(line: str) -> None:
    assert is_noise(line)


@pytest.mark.parametrize(
    "sentence",
    [
        "Copyright law was changed by parliament on Monday.",
        "Reporting by the broadcaster found that 300 men died.",
        "This report was published by the council on Monday.",
        "By using consent decrees, the department forced a change.",
        "Cookies were served to the delegates.",
        "The source of the river is in the hills.",
        "Share prices fell after the vote.",
        "Subscribers left the network in thousands.",
        "He asked them to follow the law.",
    ],
)
def test_news_that_uses_the_same_words_is_no_noise(sentence: str) -> None:
    assert not is_noise(sentence)


def test_a_comment_form_ends_the_article() -> None:
    assert mask([*NEWS, "Leave a Reply", "Name", "Save and send"]) == (False, False, True, True, True)


def test_a_comment_link_above_the_article_hides_only_itself() -> None:
    assert mask(["Leave a Reply", *NEWS]) == (True, False, False)


def test_a_source_line_takes_the_authors_biography_with_it() -> None:
    biography = ("Ann Other is a journalist who covers rivers.", "She likes boats.")
    assert mask([*NEWS, "Source: Example Wire", *biography]) == (False, False, True, True, True)
    assert mask([*NEWS, "Source: Example Wire", *biography, "Advertisement", NEWS[0]])[2:] == (
        True,
        True,
        True,
        True,
        False,
    )


def test_a_source_line_above_more_news_hides_only_itself() -> None:
    assert mask([NEWS[0], "Source: Example Wire", NEWS[1]]) == (False, True, False)
    assert mask([*NEWS, "Source: Example Wire"]) == (False, False, True)


def test_a_line_before_an_agency_credit_is_a_caption() -> None:
    assert mask(["Soldiers at a gate, May 3.", "[Example/Ann Other]", *NEWS]) == (True, True, False, False)
    assert mask([" ".join(["word"] * 41), "[AFP]", *NEWS])[0] is False


def test_a_line_that_only_begins_another_sentence_is_a_caption() -> None:
    text = [
        "A headline of five words",
        "Governor Ann Other of Example",
        "Governor Ann Other of Example, in office since May, left.",
    ]
    assert mask(text) == (False, True, False)


def test_the_headline_is_never_masked() -> None:
    assert mask(["Leave a Reply", *NEWS], headline="Leave a reply") == (False, False, False)
    assert mask([], headline="Any") == ()
    assert mask([NEWS[0]], headline="Another") == (False,)
