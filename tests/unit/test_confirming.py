"""Confirming: what an article is to alerts of its watch that too few independent sources speak for."""

from dataclasses import replace

import pytest
from alert_samples import alert, quote
from article_samples import known_text

from monitor.analysis.claims import MOST_SENTENCES
from monitor.analysis.confirming import ENOUGH_DISPUTES, MOST_CLAIMS, Heard, Voice, hear, join, overheard
from monitor.model.confirmation import Hearsay, Unvouched
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
        is_told = text == SAID or carrier.host == "alpha.example"
        assert (heard.known, heard.others) == (((each.text,), ()) if is_told else ((), (each.text,)))
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


# --- hearsay ----------------------------------------------------------------------------------------------------------

DELTA = Carrier(entry="d", outlet="Delta", host="delta.example", copy_of=None)


def hearsay(carrier: Carrier = ALPHA, text: str = NEWS, *, is_near: bool = True) -> Hearsay:
    said = replace(known_text(f"{text} {ELSE}", source=carrier.entry), outlet=carrier.outlet)
    return Hearsay(text=said, carrier=carrier, is_near=is_near)


def known_of(heard: Heard) -> list[str]:
    """Return whose words on the smugglers are known."""
    return [each.source for each in heard.known if "smugglers" in each.text]


def test_what_one_other_source_was_overheard_to_say_is_its_word_and_no_more() -> None:
    each = hearsay()
    assert overheard(voice(), [each], TWO) == Heard(witnesses=(each.text,))
    assert overheard(voice(), [each], TWO).is_anothers("a")
    assert not overheard(voice(), [each], TWO).is_anothers("b")
    assert overheard(voice(), [replace(each, is_near=False)], TWO) == Heard()


def test_what_its_own_host_was_overheard_to_say_is_known() -> None:
    each = hearsay()
    own = replace(BETA, host="alpha.example")
    assert overheard(voice(SAID, own), [each], TWO) == Heard(known=(each.text,))


def test_of_what_several_were_overheard_to_say_so_much_is_known_as_they_agree_on() -> None:
    both = [hearsay(GAMMA), hearsay(ALPHA, SAID)]
    heard = overheard(voice(), both, TWO)
    assert heard.known == tuple(each.text for each in both)
    assert heard.witnesses == tuple(each.text for each in both)
    assert overheard(voice(f"{NEWS} {ELSE}"), [hearsay(ALPHA), hearsay(GAMMA)], TWO).known[0].text == f"{NEWS} {ELSE}"
    assert overheard(voice(), both, THREE).known == ()
    assert known_of(overheard(voice(f"{SAID} The bank of Lisbon has a new head."), both, TWO)) == ["c", "a"]
    assert known_of(overheard(voice(), [*both, hearsay(DELTA)], THREE)) == ["c", "a", "d"]
    assert known_of(overheard(voice(), [*both, hearsay(DELTA, ELSE)], THREE)) == []


@pytest.mark.parametrize(
    "other",
    [
        hearsay(replace(GAMMA, host="alpha.example")),
        hearsay(replace(GAMMA, copy_of="a")),
        hearsay(replace(GAMMA, credits=("AP",))),
        hearsay(GAMMA, NEWS.replace("31", "47")),
        hearsay(GAMMA, ELSE),
    ],
    ids=["one host", "a copy", "one agency", "another number", "something else"],
)
def test_two_that_are_one_or_say_two_things_vouch_for_nothing(other: Hearsay) -> None:
    first = hearsay(replace(ALPHA, credits=("AP",)))
    assert known_of(overheard(voice(), [first, other], TWO)) in ([], ["c"])
    assert "31" not in "".join(each.text for each in overheard(voice(), [first, other], TWO).known)


def test_what_one_source_says_over_and_over_is_not_known_for_that() -> None:
    often = " ".join(NEWS.replace("Prosecutors", each) for each in ("Prosecutors", "They", "Judges", "Some", "Others"))
    heard = overheard(voice(), [hearsay(ALPHA, often), hearsay(GAMMA, ELSE)], TWO)
    assert known_of(heard) == []
    assert [each.source for each in heard.known] == ["a", "c"]


def test_what_a_book_says_far_behind_its_beginning_is_not_weighed_sentence_by_sentence() -> None:
    both = [hearsay(ALPHA), hearsay(GAMMA, ELSE)]
    pages = [f"Visitor {count} came." for count in range(MOST_SENTENCES)]
    assert known_of(overheard(voice(" ".join([SAID, *pages])), both, TWO)) == []
    assert known_of(overheard(voice(" ".join([*pages, SAID])), both, TWO)) == ["a"]


# --- what was buried --------------------------------------------------------------------------------------------------

LONG = [f"{place} had {count} visitors in spring." for place, count in (("Rome", 71), ("Oslo", 82), ("Bonn", 93))]


def buried(*told: str, is_near: bool = True) -> Unvouched:
    """Return an alert that waits and tells sentences of a long text."""
    each = waiting(is_near=is_near)
    quotes = tuple(quote(sentence) for sentence in told)
    text = known_text(" ".join([*LONG, NEWS]), source="a")
    return replace(each, text=text, alert=replace(each.alert, headline="Visitors in spring", new=quotes))


def test_a_report_that_was_buried_in_a_long_text_is_heard() -> None:
    each, copy = buried(*LONG), replace(BETA, copy_of="a")
    assert hear(voice(NEWS, copy), [each], TWO) == Heard(others=(each.text,))
    assert hear(voice(NEWS, copy), [buried(*LONG, is_near=False)], TWO) == Heard()


def test_one_whose_lead_the_alert_tells_or_that_has_most_of_it_is_a_copy() -> None:
    copy = replace(BETA, copy_of="a")
    lead, most = buried(*LONG, NEWS), buried(*LONG[:2], NEWS)
    assert hear(voice(NEWS, copy), [lead], TWO).known == (lead.text,)
    assert hear(voice(f"{ELSE} {LONG[0]} {LONG[1]}", copy), [most], TWO).known == (most.text,)
    assert hear(voice(f"{ELSE} {LONG[0]}", copy), [most], TWO).known == ()
