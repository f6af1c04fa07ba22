"""Values and names: what a sentence counts, dates and names."""

from datetime import date

import pytest

from monitor.text.tokens import tokens
from monitor.text.values import Kind, names, values


def found(text: str, language: str = "en") -> list[tuple[Kind, str, str]]:
    return [(value.kind, value.amount, value.written) for value in values(text, tokens(text), language)]


def named(text: str) -> tuple[str, ...]:
    return names(text, tokens(text))


@pytest.mark.parametrize(
    ("text", "language", "kind", "amount", "written"),
    [
        ("They sent 15,000 men.", "en", Kind.NUMBER, "15000", "15,000"),
        ("They sent 15 000 men.", "fr", Kind.NUMBER, "15000", "15 000"),
        ("Prices rose by 2,5 percent.", "de", Kind.NUMBER, "2.5", "2,5"),
        ("They sent twelve ships.", "en", Kind.NUMBER, "12", "twelve"),
        ("They sent seventeen ships.", "en", Kind.NUMBER, "17", "seventeen"),
        ("They sent twenty-two ships.", "en", Kind.NUMBER, "22", "twenty-two"),
        ("Twenty-one ships came.", "en", Kind.NUMBER, "21", "Twenty-one"),
        ("They sent thirty ships.", "en", Kind.NUMBER, "30", "thirty"),
        ("They sent eight hundred men.", "en", Kind.NUMBER, "800", "eight hundred"),
        ("They sent two hundred thousand men.", "en", Kind.NUMBER, "200000", "two hundred thousand"),
        ("It cost 2.5 million crowns.", "en", Kind.NUMBER, "2500000", "2.5 million"),
        ("Ils sont vingt-deux.", "fr", Kind.NUMBER, "22", "vingt-deux"),
        ("Ils sont deux cents.", "fr", Kind.NUMBER, "200", "deux cents"),
        ("Погибли 12 тысяч человек.", "ru", Kind.NUMBER, "12000", "12 тысяч"),
        ("Es kamen fünf Schiffe.", "de", Kind.NUMBER, "5", "fünf"),
        ("Ils sont onze.", "fr", Kind.NUMBER, "11", "onze"),
        ("وصل ٢٥ قاربا", "ar", Kind.NUMBER, "25", "٢٥"),
        ("It began in 2012.", "en", Kind.YEAR, "2012", "2012"),
        ("They sent 2,012 men.", "en", Kind.NUMBER, "2012", "2,012"),
        ("They sent 1799 men.", "en", Kind.NUMBER, "1799", "1799"),
        ("They vote in February.", "en", Kind.MONTH, "02", "February"),
        ("Ils votent en février.", "fr", Kind.MONTH, "02", "février"),
        ("Они голосуют до февраля.", "ru", Kind.MONTH, "02", "февраля"),
        ("Они голосуют в феврале.", "ru", Kind.MONTH, "02", "феврале"),
        ("جرت الانتخابات في حزيران", "ar", Kind.MONTH, "06", "حزيران"),
        ("They vote on Nov. 3.", "en", Kind.DAY, "11-03", "Nov"),
        ("It cost €27bn.", "en", Kind.NUMBER, "27000000000", "27bn"),
        ("It cost 14.2bn euros.", "en", Kind.NUMBER, "14200000000", "14.2bn"),
        ("It cost $48m.", "en", Kind.NUMBER, "48000000", "48m"),
        ("It cost $2.4m in all.", "en", Kind.NUMBER, "2400000", "2.4m"),
        ("Es kostet 3 Mrd. Euro.", "de", Kind.NUMBER, "3000000000", "3 Mrd"),
        ("Погибли девять горняков.", "ru", Kind.NUMBER, "9", "девять"),
        ("قتل خمسة جنود", "ar", Kind.NUMBER, "5", "خمسة"),
        ("Sono morte cinque persone.", "it", Kind.NUMBER, "5", "cinque"),
        ("Morreram duas pessoas.", "pt", Kind.NUMBER, "2", "duas"),
    ],
)
def test_a_value_is_comparable_and_keeps_how_it_was_written(
    text: str, language: str, kind: Kind, amount: str, written: str
) -> None:
    assert found(text, language) == [(kind, amount, written)]


@pytest.mark.parametrize("text", ["It ends on June 30.", "It ends on 30 June.", "It ends on June 30th."])
def test_a_month_with_a_number_beside_it_is_one_day(text: str) -> None:
    assert [(kind, amount) for kind, amount, _ in found(text)] == [(Kind.DAY, "06-30")]


def test_a_whole_date_has_a_day_and_a_year() -> None:
    assert [kind for kind, _, _ in found("On 30 June 2023 it ended.")] == [Kind.DAY, Kind.YEAR]
    assert found("It ended on 3 June.")[0][1] == found("It ended on June 3rd.")[0][1] == "06-03"
    assert [kind for kind, _, _ in found("In June 45 men came.")] == [Kind.MONTH, Kind.NUMBER]


def test_may_and_march_without_a_capital_are_verbs() -> None:
    """Nor do they make a day of the number beside them: "all 5 may leave" counts five."""
    assert found("All 5 may leave, and 9 march on.") == [(Kind.NUMBER, "5", "5"), (Kind.NUMBER, "9", "9")]


@pytest.mark.parametrize(
    "text",
    ["The 20th brigade", "the mp3 file", "a 4x4 car", "no value here", "Covid-19 and S-400", "hundreds of men", ""],
)
def test_ordinals_and_mixed_words_are_no_values(text: str) -> None:
    assert found(text) == []


def test_words_for_small_numbers_count_only_in_their_language() -> None:
    assert found("Once they came.", "en") == []
    assert found("Llegaron once barcos.", "es") == [(Kind.NUMBER, "11", "once")]
    assert found("They sent twelve ships in February.", "xx") == []


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("They sent six to twelve ships.", ["6", "12"]),
        ("They sent sixty twelve-ton ships.", ["60", "12"]),
        ("They sent 15-20 ships.", ["15", "20"]),
        ("They sent twenty", ["20"]),
    ],
)
def test_numbers_beside_each_other_are_two(text: str, numbers: list[str]) -> None:
    assert [amount for _, amount, _ in found(text)] == numbers


def test_a_weekday_is_the_date_that_it_names_in_a_report_of_a_known_day() -> None:
    """ "Friday" in a report of Friday 2023-06-16 is that day."""
    text = "He spoke on Friday, not on Saturday."
    assert values(text, tokens(text), "en") == ()
    stated = values(text, tokens(text), "en", date(2023, 6, 16))
    assert [(each.kind, each.amount, each.written) for each in stated] == [
        (Kind.WEEKDAY, "06-16", "Friday"),
        (Kind.WEEKDAY, "06-10", "Saturday"),
    ]


def test_a_number_without_end_is_taken_as_it_stands() -> None:
    digits = "9" * 1_100_000
    assert [amount for _, amount, _ in found(f"{digits} million")] == [digits]


def test_a_value_knows_its_first_and_last_token() -> None:
    text = "Some two hundred men"
    (value,) = values(text, tokens(text), "en")
    assert (value.at, value.last) == (1, 2)


def test_a_value_knows_its_token() -> None:
    text = "About 15,000 men and 30 ships"
    assert [tokens(text)[value.at].text for value in values(text, tokens(text), "en")] == ["15000", "30"]


def test_a_capital_inside_a_sentence_names_something() -> None:
    assert named("Yesterday the harbour workers of Tarvik chose Élodie Brandt as their speaker.") == (
        "tarvik",
        "elodie",
        "brandt",
    )


def test_a_word_that_only_begins_the_sentence_is_no_name() -> None:
    assert named("Dockers left the harbour.") == ()
    assert named("A man, I think, left the harbour early.") == ()
    assert named("") == ()


@pytest.mark.parametrize("text", ["Dockers Leave The Harbour Of Tarvik", "DOCKERS LEAVE TARVIK"])
def test_names_in_headlines_set_in_capitals_are_no_names(text: str) -> None:
    """There every word has a capital, so that a capital says nothing."""
    assert named(text) == ()


def test_a_headline_set_like_a_sentence_keeps_its_names() -> None:
    assert named("Dockers leave the harbour of Tarvik") == ("tarvik",)


def test_a_length_is_no_money_and_a_short_month_needs_its_day() -> None:
    assert found("The wreck lies 48m deep.") == []
    assert found("Jan Mar and Dec Sun left Tarvik.") == []


def test_words_that_only_enlarge_a_number_or_name_its_unit_are_silent() -> None:
    text = "They paid 2 million euros for 3 million ships."
    stated = values(text, tokens(text), "en")
    assert [list(value.silent()) for value in stated] == [[3, 4], [7]]
    text = "They vote in February."
    assert [list(value.silent()) for value in values(text, tokens(text), "en")] == [[]]


def test_where_every_noun_has_a_capital_two_in_a_row_are_a_name() -> None:
    text = "Gestern trat Volker Amann zurück, der alte Chef der kleinen Firma neben dem neuen Bahnhof."
    assert names(text, tokens(text), "de") == ("volker", "amann")
    assert names(text, tokens(text)) == ("volker", "amann", "chef", "firma", "bahnhof")
