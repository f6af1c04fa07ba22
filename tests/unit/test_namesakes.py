"""A name that the evidence spells otherwise is shown with that spelling; names that only look alike are not."""

from dataclasses import replace

import pytest
from alert_samples import JUNE_16, alert, changed_alert, quote

from monitor.alerting.namesakes import MOST, namesakes, same_names
from monitor.alerting.render import as_chat, as_html, as_text
from monitor.model.judgement import Alert, Known, KnownQuote

DIOP = (
    "On Friday the minister, Abdallah Diop, spoke.",
    "The foreign minister, Abdoulaye Diop, brought the demand before the council.",
)
WANE = ("The UN envoy Elgassim Wani warned of it.", "It is hard, its head El-Gassim Wane said on Friday.")


def told(*pairs: tuple[str, str]) -> Alert:
    known = (
        KnownQuote(text=one, evidence=Known(text=other, source="e1", outlet="AP", date=JUNE_16)) for one, other in pairs
    )
    return replace(alert(), known=tuple(known))


def test_a_name_is_shown_with_the_names_beside_it_that_both_have() -> None:
    assert namesakes(told(DIOP)) == (("Abdallah Diop", "Abdoulaye Diop"),)
    assert namesakes(told(WANE)) == (("Elgassim Wani", "El-Gassim Wane"),)
    assert same_names(told(DIOP, WANE)) == "Abdallah Diop = Abdoulaye Diop; Elgassim Wani = El-Gassim Wane"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The army of Niger left.", "The army of Nigeria left."),
        ("They went to Angola.", "They went to Angela."),
        ("The minister Abdallah Diop spoke.", "The minister Abdallah Diop spoke, Abdoulaye Ba heard him."),
        ("It said so.", "It had said so."),
        ("Then Li left.", "Then Lu left."),
    ],
)
def test_other_names_are_other_names(one: str, other: str) -> None:
    assert namesakes(told((one, other))) == ()


def test_a_pair_is_shown_once_and_only_a_few_are() -> None:
    assert len(namesakes(told(DIOP, DIOP))) == 1
    letters = ("Bamako", "Kidal", "Menaka", "Gossi", "Sevare", "Tessalit")
    many = [(f"They left {name}.", f"They left {name.replace('a', 'aa').replace('o', 'oo')}.") for name in letters]
    assert len(namesakes(told(*many))) <= MOST


def test_a_changed_sentence_is_compared_with_the_one_before_it() -> None:
    [change] = changed_alert().changed
    moved = replace(change, sentence="In Maura 500 died.", before=replace(change.before, text="In Moura 300 died."))
    assert namesakes(replace(changed_alert(), changed=(moved,), known=())) == (("Maura", "Moura"),)


def test_it_stands_in_every_face_and_gives_way_before_the_known_in_a_chat() -> None:
    found = told(DIOP)
    assert "\n\nSPELT OTHERWISE  Abdallah Diop = Abdoulaye Diop\n\n" in as_text(found).body
    assert "SPELT OTHERWISE" in as_html(found)
    assert "Spelt otherwise: Abdallah Diop = Abdoulaye Diop" in as_chat(found).body
    assert "SPELT" not in as_text(alert()).body + as_html(alert())
    shown = [as_chat(found, limit=limit).body for limit in range(300, 1_500, 10)]
    assert all(DIOP[0] in body for body in shown if "Spelt" in body)
    assert any(DIOP[0] in body and "Spelt" not in body for body in shown)


def test_what_hides_in_a_name_is_not_shown() -> None:
    hidden = told((DIOP[0].replace("Diop", "\u202eDiop"), DIOP[1]))
    assert "\u202e" not in same_names(replace(hidden, new=(quote("One."),)))
