"""Confirming: what an article is to alerts of its watch that too few independent sources speak for."""

from dataclasses import replace

import pytest
from alert_samples import alert, quote
from article_samples import known_text

from monitor.analysis.confirming import ENOUGH_DISPUTES, MOST_CLAIMS, Heard, Voice, hear, join
from monitor.model.confirmation import Unvouched
from monitor.model.judgement import Claim, Confirmation, Relation
from monitor.model.story import Carrier
from monitor.model.watch import Confirm

NEWS = "Prosecutors charged 31 smugglers with poisoning the reservoir of Norrland."
SAID = "The prosecutors of Norrland charged 31 smugglers with poisoning a reservoir."
ELSE = "The mayor opened a museum of paintings."
TWO, THREE = Confirm(outlets=2), Confirm(outlets=3)
ALPHA = Carrier(entry="a", outlet="Alpha", host="alpha.example", copy_of=None)
BETA = Carrier(entry="b", outlet="Beta", host="beta.example", copy_of=None)
GAMMA = Carrier(entry="c", outlet="Gamma", host="gamma.example", copy_of=None)


def waiting(confirmation: Confirmation = Confirmation.WAITING, *, is_near: bool = True) -> Unvouched:
    told = replace(alert(), new=(quote(NEWS),), outlets=("Alpha",), independent=1, confirmation=confirmation)
    return Unvouched(text=known_text(NEWS, source="a"), carrier=ALPHA, alert=told, is_near=is_near)


def voice(text: str = SAID, carrier: Carrier = BETA, *others: Carrier) -> Voice:
    said = known_text(text, source=carrier.entry)
    return Voice(carrier=carrier, text=replace(said, outlet=carrier.outlet), vectors={}, carriers=(ALPHA, *others))


def test_an_independent_source_that_says_it_confirms_it() -> None:
    each = waiting()
    heard = hear(voice(), [each], TWO)
    (found,) = heard.amended
    assert (found.confirmation, found.independent, found.outlets) == (Confirmation.CONFIRMED, 2, ("Alpha", "Beta"))
    assert found.claims == (Claim(entry="b", outlet="Beta", relation=Relation.SAME, text=SAID, of=NEWS),)
    assert (heard.known, heard.witnesses) == ((each.text,), ())


def test_it_waits_on_where_more_are_asked_for() -> None:
    each = waiting()
    (found,) = hear(voice(), [each], THREE).amended
    assert (found.confirmation, found.independent) == (Confirmation.WAITING, 2)
    (found,) = hear(voice(SAID, GAMMA, BETA), [replace(each, alert=found)], THREE).amended
    assert (found.confirmation, found.independent) == (Confirmation.CONFIRMED, 3)


def test_a_source_that_says_something_else_is_judged_without_it() -> None:
    each = waiting()
    assert hear(voice(ELSE), [each], TWO) == Heard(others=(each.text,))


@pytest.mark.parametrize("carrier", [replace(BETA, copy_of="a"), replace(BETA, host="alpha.example")])
def test_what_its_own_source_said_is_known_and_confirms_nothing(carrier: Carrier) -> None:
    each = waiting()
    for text in (SAID, ELSE):
        heard = hear(voice(text, carrier), [each], TWO)
        assert heard.known == (each.text,)
        assert all(found.confirmation is Confirmation.WAITING for found in heard.amended)


def test_a_copy_elsewhere_is_named_and_one_of_a_named_outlet_is_not() -> None:
    copy = replace(BETA, copy_of="a")
    (found,) = hear(voice(SAID, copy), [waiting()], TWO).amended
    assert (found.outlets, found.independent) == (("Alpha", "Beta"), 1)
    named = replace(waiting(), alert=found)
    assert hear(voice(SAID, replace(copy, entry="b2"), copy), [named], TWO).amended == ()


def test_a_text_that_is_printed_everywhere_is_not_counted_for_ever() -> None:
    claim = Claim(entry="x", outlet="X", relation=Relation.SAME, text=SAID, of=NEWS)
    each = waiting()
    full = replace(each, alert=replace(each.alert, claims=(claim,) * MOST_CLAIMS))
    assert hear(voice(SAID, replace(BETA, copy_of="a")), [full], TWO).amended == ()
    assert hear(voice(), [full], TWO).amended[0].confirmation is Confirmation.CONFIRMED


def test_two_that_credit_one_agency_are_one_source() -> None:
    each = replace(waiting(), carrier=replace(ALPHA, credits=("AP",)))
    heard = hear(voice(SAID, replace(BETA, credits=("AP",))), [each], TWO)
    assert heard.known == (each.text,)
    assert all(found.confirmation is Confirmation.WAITING for found in heard.amended)


def test_what_waited_in_vain_is_a_witness_for_another_source() -> None:
    marked, dropped = waiting(Confirmation.UNCONFIRMED), waiting(Confirmation.DROPPED)
    for each, text in ((marked, ELSE), (dropped, SAID), (dropped, ELSE)):
        assert hear(voice(text), [each], TWO) == Heard(witnesses=(each.text,))


def test_what_was_told_as_unconfirmed_is_confirmed_once_enough_have_said_it() -> None:
    each = waiting(Confirmation.UNCONFIRMED)
    heard = hear(voice(), [each], THREE)
    (found,) = heard.amended
    assert (found.confirmation, found.independent, found.outlets) == (Confirmation.UNCONFIRMED, 2, ("Alpha", "Beta"))
    assert (heard.known, heard.witnesses) == ((each.text,), ())
    (found,) = hear(voice(SAID, GAMMA, BETA), [replace(each, alert=found)], THREE).amended
    assert (found.confirmation, found.independent) == (Confirmation.CONFIRMED, 3)


def test_what_is_not_sent_yet_is_joined_by_who_says_it_too() -> None:
    each = replace(waiting(), alert=replace(waiting().alert, confirmation=None))
    (found,) = join(voice(), [each])
    assert (found.outlets, found.independent, found.confirmation) == (("Alpha", "Beta"), 2, None)
    assert [claim.outlet for claim in found.claims] == ["Beta"]
    assert join(voice(ELSE), [each]) == ()
    (denied,) = join(voice(SAID.replace("31", "42")), [each])
    assert [(change.relation, change.was, change.now) for change in denied.changed] == [
        (Relation.CONTRADICTS, "42", "31")
    ]
    assert (denied.outlets, denied.independent) == (("Alpha",), 1)  # who contradicts says something else
    enough = replace(denied, changed=denied.changed * ENOUGH_DISPUTES)
    assert join(voice(SAID.replace("31", "42"), GAMMA), [replace(each, alert=enough)]) == ()
    assert join(voice(SAID.replace("31", "42"), replace(BETA, host="alpha.example")), [each]) == ()
    (copied,) = join(voice(SAID, replace(BETA, copy_of="a")), [each])
    assert (copied.outlets, copied.independent) == (("Alpha", "Beta"), 1)
    assert join(voice(SAID, replace(BETA, copy_of="a")), [replace(each, alert=copied)]) == ()


def test_what_lies_in_another_story_is_known_to_its_own_source_only() -> None:
    each = waiting(is_near=False)
    assert hear(voice(), [each], TWO) == Heard()
    assert hear(voice(SAID, replace(BETA, copy_of="a")), [each], TWO) == Heard(known=(each.text,))


def test_who_gives_another_number_is_shown_beside_it_and_confirms_nothing() -> None:
    each, other = waiting(), SAID.replace("31", "12")
    heard = hear(voice(other), [each], TWO)
    (found,) = heard.amended
    assert (found.confirmation, found.independent, found.outlets) == (Confirmation.WAITING, 1, ("Alpha",))
    assert [(change.now, change.was, change.relation) for change in found.changed] == [
        ("31", "12", Relation.CONTRADICTS)
    ]
    assert [(claim.entry, claim.relation, claim.text) for claim in found.claims] == [("b", Relation.CONTRADICTS, other)]
    assert (heard.known, heard.others) == ((), (each.text,))


def test_who_contradicted_it_does_not_count_when_somebody_confirms_it() -> None:
    (disputed,) = hear(voice(SAID.replace("31", "12")), [waiting()], THREE).amended
    (found,) = hear(voice(SAID, GAMMA, BETA), [replace(waiting(), alert=disputed)], THREE).amended
    assert (found.independent, found.outlets) == (2, ("Alpha", "Gamma"))


def test_disputes_are_not_kept_without_end() -> None:
    claim = Claim(entry="x", outlet="X", relation=Relation.CONTRADICTS, text=SAID, of=NEWS)
    full = replace(waiting(), alert=replace(waiting().alert, claims=(claim,) * MOST_CLAIMS))
    assert hear(voice(SAID.replace("31", "12")), [full], TWO).amended == ()


@pytest.mark.parametrize("confirmation", [Confirmation.WAITING, Confirmation.UNCONFIRMED, Confirmation.DROPPED])
def test_who_claims_an_agencys_name_does_not_silence_the_agency(confirmation: Confirmation) -> None:
    """A page can say that it has it from Reuters, and so it cannot confirm Reuters; but Reuters is heard."""
    each = replace(waiting(confirmation), carrier=replace(ALPHA, credits=("Reuters",)))
    heard = hear(voice(ELSE, replace(BETA, host="www.reuters.com")), [each], TWO)
    assert (heard.known, heard.amended) == ((), ())
    if confirmation is not Confirmation.WAITING:
        assert hear(voice(SAID, replace(BETA, host="www.reuters.com")), [each], TWO).known == ()
