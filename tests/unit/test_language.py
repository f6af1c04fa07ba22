"""Language: told from enough letters, or not at all."""

from monitor.text.language import code_of, detect

FRENCH = "Les soldats quittent le nord du pays et le gouvernement salue cette décision."


def test_a_sentence_is_enough_to_tell_its_language() -> None:
    assert detect(FRENCH) == "fr"
    assert detect("Миротворцы покидают страну, сообщило правительство во вторник.") == "ru"


def test_too_few_letters_tell_nothing() -> None:
    assert [detect(""), detect("Mali 2023"), detect("12,345 67 89 — 1234567890123456789")] == ["und", "und", "und"]


def test_only_allowed_languages_are_answered() -> None:
    assert detect(FRENCH, allowed=("en", "it")) in ("en", "it")
    assert detect(FRENCH, allowed=("fr",)) == "fr"
    assert detect(FRENCH, allowed=("qq",)) == "und"


def test_broken_characters_do_no_harm() -> None:
    assert detect(FRENCH + "\ud800") == "fr"


def test_the_code_of_a_tag_is_what_it_begins_with() -> None:
    assert [code_of(tag) for tag in ("fr", "FR-ca", "pt_BR", "deu", "english", "", "x", "f1")] == [
        "fr", "fr", "pt", "deu", None, None, None, None,
    ]  # fmt: skip
