"""Names in sentences where a careless matcher errs: same letters with another meaning, and other letters for the same.

The sentences are of several languages and topics; None means that the query must not be met.
"""

import pytest

from monitor.analysis.double_names import is_double_name
from monitor.analysis.match import Matcher, MatchText
from monitor.analysis.query import parse
from monitor.model.watch import Company, Term

TERMS = {
    each.name: each
    for each in (
        Term(name="turkey", any=("Turkey", "Türkiye", "turc*"), never=("Turkey Point",), case=True),
        Term(
            name="jordan", any=("Jordan", "الأردن"), never=("Michael Jordan",), company=Company(any=("Amman", "king*"))
        ),
        Term(name="who", any=("WHO", "W.H.O."), case=True),
        Term(name="chad", any=("Chad", "Tschad", "Чад*", "تشاد", "乍得", "차드")),
    )
}


def found(query: str, text: str) -> list[str] | None:
    met = (
        Matcher({"watch": parse(query, terms=TERMS)}).match(MatchText(text=f"Short note\n\n{text}\n", title_end=10)).met
    )
    return [one.text for one in met["watch"]] if "watch" in met else None


@pytest.mark.parametrize(
    ("query", "text", "expected"),
    [
        # double surnames
        ("Karrenbauer", "Annegret Kramp-Karrenbauer trat zurück.", None),
        ("Schnarrenberger", "Die Klage von Sabine Leutheusser-Schnarrenberger war erfolgreich.", None),
        ("Akufo OR Addo", "President Nana Akufo-Addo spoke in Accra.", ["Akufo"]),
        ("Jordan", "Critics praised Ewelina Pietrzak-Jordan; Pietrzak-Jordan left at once.", None),
        ("Cortez", "Alexandria Ocasio-Cortez voted no.", None),
        ("Jordan", "Ewelina Pietrzak-Jordan went to Jordan.", ["Jordan"]),
        ("Wagner", "Pamela Rendi‑Wagner’s party lost.", None),  # a hyphen that does not break
        # compounds that are none
        ("Wagner", "Deadly Tuareg-Wagner clashes near Kidal", ["Wagner"]),
        ("Wagner", "On Monday Putin-Wagner talks failed.", ["Wagner"]),
        ("Wagner", "Shadowy Prigozhin-Wagner network uncovered.", ["Wagner"]),
        ("Wagner", "Pacte Haftar-Wagner signé à Benghazi.", ["Wagner"]),
        ("Jordan", "Tensions on the Jordan-Syria border rose.", ["Jordan"]),
        ("Syria", "Tensions on the Jordan-Syria border rose.", ["Syria"]),
        ("Iran", "The Saudi Arabia-Iran talks went on.", ["Iran"]),
        ("Niger", "Burkina Faso-Niger trade grew.", ["Niger"]),
        ("Singapore", "The Kuala Lumpur-Singapore railway is late.", ["Singapore"]),
        ("Boeing", "An ex-Boeing engineer and a pro-Boeing lobby.", ["Boeing", "Boeing"]),
        ("Chad", "Chad-based rebels; Libya-Chad roads; the Toubou-Chad feud.", ["Chad"] * 3),
        ("Putin", "Vladimir Medvedev-Putin rivalry; Medvedev denies it.", ["Putin"]),
        ("Tokyo", "Los Angeles-Tokyo Flight Turns Back", ["Tokyo"]),
        ("Boeing", "Amid Airbus-Boeing quarrels nothing moved.", ["Boeing"]),
        ("Boeing", "A Tyvak Nano-Boeing Systems plane.", ["Boeing"]),
        ("Chad", "DÉBY ITNO-CHAD", ["CHAD"]),
        # other letters for the same name
        ("Jordan", "Aid for Jоrdаn arrives.", ["Jоrdаn"]),
        ("UNICEF", "UΝΙCEF feeds children.", ["UΝΙCEF"]),
        ("UNICEF", "U.N.I.C.E.F. feeds children.", ["U.N.I.C.E.F."]),
        ("Chad", "ＣＨＡＤ への支援", ["ＣＨＡＤ"]),
        ("Boeing", "The 𝗕𝗼𝗲𝗶𝗻𝗴 crash.", ["𝗕𝗼𝗲𝗶𝗻𝗴"]),
        ("Diyarbakır", "DİYARBAKIR and Diyarbakir and diyarbakır", ["DİYARBAKIR", "Diyarbakir", "diyarbakır"]),
        ("Boeing", "Bo\u00adeing and Bo\u200being and B\u2060oeing", ["Bo\u00adeing", "Bo\u200being", "B\u2060oeing"]),
        # names inside addresses, tags and handles
        ("Chad", "https://example.org/africa/chad-votes-again?x=1", ["chad"]),
        ("Chad", "See www.chad.example, @chad and #Chad2024 #Chad.", ["chad", "chad", "Chad"]),
        ("Boeing", "desk@boeing.example wrote; files/boeing_report.pdf", ["boeing", "boeing"]),
        # inside other words
        ("Chad", "Chadwick, Chadian and Richad are others.", None),
        ("Oman", "A woman, a Roman and the Ottomans.", None),
        ("Niger", "Nigeria, Nigerians and denigers.", None),
        # capitals where they are asked for
        ("term:turkey", "They carved the turkey for dinner.", None),
        ("term:turkey", "Turkey and Türkiye are one country.", ["Turkey", "Türkiye"]),
        ("term:turkey", "L’armée turque et les Turcs", None),
        ("term:turkey", "La diaspora turco-chypriote", ["turco"]),
        ("term:turkey", "The Turkey Point plant", None),
        ("term:who", "Who said that WHO and W.H.O. agree?", ["WHO", "W.H.O."]),
        # company
        ("term:jordan", "Jordan scored 30 points.", None),
        ("term:jordan", "Jordan and its king met the press.", ["Jordan"]),
        ("term:jordan", "عمان: الأردن", None),
        ("term:jordan", "Michael Jordan met the king in Amman.", None),
        # scripts
        ("term:chad", "В Чаде и Чад, но не чадо", ["Чаде", "Чад", "чадо"]),
        ("term:chad", "من تشاد وبتشاد", ["تشاد", "تشاد"]),
        ("term:chad", "乍得军队, 차드에서", ["乍得", "차드"]),
        ("term:chad", "Der Tschad grenzt an Libyen, nicht das Tschadbecken.", ["Tschad"]),
    ],
)
def test_a_name_is_found_where_it_is_meant(query: str, text: str, expected: list[str] | None) -> None:
    assert found(query, text) == expected


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("Pamela Rendi-Wagner", False),  # whether she or a compound is meant, what follows would tell
        ("Pamela Rendi-Wagner’s party", True),
        ("Pamela Rendi-Wagner spoke. Rendi-Wagner left.", True),
        ("Rendi-Wagner spoke; later Pamela Rendi-Wagner left.", True),
        ("Rendi-Wagner spoke", False),  # nobody's given name
        ("Pamela Rendi-Wagner, Rendi to friends", False),
        ("Pamela Rendi-Wagner-Huber", False),
        ("Pamela Rendi-Wagner Park", False),
        ("the Rendi-Wagner plan", False),
        ("The Rendi-Wagner plan", False),
        ("PAMELA Rendi-Wagner", False),
    ],
)
def test_a_double_surname_stands_behind_a_given_name_and_nowhere_in_halves(text: str, is_one: bool) -> None:
    assert is_double_name(text, "Rendi-Wagner") is is_one


@pytest.mark.parametrize(
    "name", ["rendi-Wagner", "RENDI-WAGNER", "Rendi–Wagner", "Sudan-Wagner", "Paris-Wagner", "Wagner"]
)
def test_some_compounds_are_never_one(name: str) -> None:
    assert not is_double_name(f"Pamela {name} spoke", name)
