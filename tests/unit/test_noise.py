"""Noise: the page around an article is not the article."""

import pytest

from monitor.text.noise import is_noise, leftovers, mask

NEWS = ("Troops left the northern base on Friday.", "The governor said the road was closed until further notice.")


@pytest.mark.parametrize(
    "line",
    [
        "Leave a Reply",
        "Leave a comment",
        "Share this article on Facebook",
        "Click to share on Twitter (Opens in new window)",
        "Join our WhatsApp channel",
        "Follow our live blog for the latest updates",
        "تابعنا على فيسبوك",
        "Teilen Sie diesen Artikel",
        "Newsletter abonnieren",
        "Comparte esta noticia",
        "Síganos en Facebook",
        "Retrouvez-nous sur Facebook",
        "Читайте нас в Telegram",
        "WATCH: Moment the tower collapses",
        "This story was updated at 14:30.",
        "This is a developing story.",
        "Check back for updates.",
        "More to follow.",
        "Más información en breve",
        "Con información de EFE",
        "La rédaction",
        "Our Standards: The Thomson Reuters Trust Principles.",
        "Comments (12)",
        "Topics: Business, Paint",
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
        "Advertisement Continue reading the main story",
        "Scroll down for video",
        "Photo",
        "ВИДЕО",
        "Reuters/Ann Other",
        "Ann Other in Oslo contributed to this report.",
        "Ann Other and Some One contributed reporting from Oslo.",
        "Ann Other can be reached at ann@example.org.",
        "Follow Ann Other on Twitter: @annother.",
        "Contact the writers at desk@example.org",
        "www.example.org",
        "@annother",
        "More Example coverage: https://example.org/a and https://example.org/b",
        "For more on rivers: https://example.org/rivers",
        "[Related: Another story]",
        "Related post: Another story",
        "Most read in world news",
        "Get the stories of the day delivered to your inbox",
        "Tell us what YOU think...",
        "3 min read",
        "Tempo de leitura: 2 minutos",
        "Temps de lecture : 4 minutes",
        "Lesezeit: 3 Min.",
        "Время чтения: 3 минуты",
        "By Ann Other",
        "Von Änne Muster und Max Muster",
        "Par Jeanne Dupont, Exemple Presse",
        "Updated at 1:23 p.m.",
        "Last modified on Mon 3 June 2019",
        "November 20, 2019 - 11:28 UTC",
        "sexta-feira, 22 de outubro de 2010 às 20:13",
        "Aktualisiert am 3. Mai 2023",
        "Mis à jour le 3 mai 2023 à 10h30",
        "Publicado el 3 de mayo de 2023",
        "Обновлено: 3 мая 2023",
        "آخر تحديث: 3 مايو 2023",
        "All rights reserved.",
        "Copyright 2024 Example Media. All rights reserved.",
    ],
)
def test_leftovers_of_pages_are_known_in_several_languages(line: str) -> None:
    assert is_noise(line)


@pytest.mark.parametrize(
    "sentence",
    [
        "Copyright law was changed by parliament on Monday.",
        "This is a developing country with a young population.",
        "More dockers are to follow the strike call on Friday.",
        "Comparten frontera con Perú dos provincias.",
        "Follow our leaders, the dockers cried on Monday.",
        "Share this burden with the poorest, the bishop said, and act before it is too late for all.",
        "Watch out for falling stones, the mayor warned.",
        "Reporting by the broadcaster found that 300 men died.",
        "This report was published by the council on Monday.",
        "By using consent decrees, the department forced a change.",
        "Cookies were served to the delegates.",
        "The source of the river is in the hills.",
        "Share prices fell after the vote.",
        "Subscribers left the network in thousands.",
        "He asked them to follow the law.",
        "Heavy rain contributed to the collapse of the bridge.",
        "She can be reached at the camp only by boat.",
        "The petition at www.example.org was signed by 40,000 people.",
        "More than 40,000 people signed the petition at www.example.org.",
        "Watch groups counted 300 dead.",
        "Photos show burnt trucks at the gate.",
        "Videos of the march were deleted.",
        "Related charges were dropped on Monday.",
        "More troops arrived at the base.",
        "By Monday the road was open.",
        "By Friday Evening The Road Was Open.",
        "Published figures show 3,000 dead.",
        "At 10:30 on Friday the gate was closed.",
        "The train left at 5:45 p.m.",
        "May 3, 2023",
        "On May 3, 2023, two men were shot.",
        "Stand by 12 May, he said.",
        "Get the boats into the water, he said.",
        "Parliament read the bill for 3 minutes.",
        "For more than a year the exiles wrote on https://example.org/news",
        "In the treaty, which was signed after two years of talks between five states, it says: all rights reserved.",
        "Reuters reported two dead.",
        "Tell us what you saw, the judge asked.",
        "Le temps de lecture publique a doublé.",
        "Por la noche llegaron 300 soldados.",
        "Der Stand vom 3. Mai wurde bestätigt.",
        "Обновлено соглашение от 3 мая 2023 года.",
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


# --- whole lines ------------------------------------------------------------------------------------------------------


def lines_of(*lines: str, places: tuple[int, ...] | None = None) -> tuple[int, ...]:
    return leftovers(lines, range(len(lines)) if places is None else places, "en")


def test_a_line_is_a_leftover_if_all_its_sentences_are() -> None:
    rights = "Copyright 2024 Example Media. All rights reserved. This material may not be published, broadcast or sold."
    assert lines_of(*NEWS, rights) == (2,)
    assert lines_of(*NEWS, f"See also: Bears in Velka. {NEWS[0]}") == ()
    assert lines_of(f"Read more: {NEWS[0]}") == (0,)


def test_only_lines_that_were_asked_about_are_leftovers() -> None:
    assert lines_of("Share this article", *NEWS, "Advertisement", places=(0, 1, 2)) == (0,)


def test_lines_after_a_comment_form_belong_to_it_whatever_they_say() -> None:
    assert lines_of(*NEWS, "Leave a Reply", "Name", "Save and send") == (2, 3, 4)
    assert lines_of("Leave a Reply", *NEWS) == (0,)


def test_lines_after_a_source_are_the_authors_biography() -> None:
    assert lines_of(*NEWS, "Source: Example Wire", "Ann Other is a journalist who covers rivers.") == (2, 3)


def test_a_sentence_of_dots_costs_no_time() -> None:
    """Each pattern ends where the full stops begin: going back over them would take minutes."""
    for begins in (
        "www.example.org",
        "ann@example.org",
        "Photo: ",
        "(Reporting by ",
        "More: https://a.b",
        "By Ann Other",
    ):
        assert not is_noise(begins + "." * 100_000 + "x, he said")
