"""An alert says the fact first, then how sure, then what is new, changed and known, then where and why."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alert_samples import JUNE_19, URL, alert, changed_alert, known, quote

from monitor.alerting import phrases
from monitor.alerting.render import as_chat, as_html, as_json, as_text, subject
from monitor.model.judgement import Alert, Claim, Confirmation, Relation


def test_the_text_of_an_alert(golden: Callable[[Path, str], None], root: Path) -> None:
    corrected = replace(changed_alert(), corrects=changed_alert().changed[0].before.source)
    bodies = [as_text(each).body for each in (alert(), changed_alert(), corrected)]
    golden(root / "tests/golden/alert.txt", ("=" * 78 + "\n").join(bodies))


def test_the_html_of_an_alert(golden: Callable[[Path, str], None], root: Path) -> None:
    golden(root / "tests/golden/alert.html", as_html(changed_alert()))


def test_the_subject_is_the_fact_itself() -> None:
    assert subject(alert()).startswith("US regrets Mali's decision, calls for “orderly and responsible”")
    assert "monitor" not in subject(alert()).lower()


def test_the_text_speaks_in_the_agreed_order() -> None:
    body = as_text(changed_alert()).body
    marks = [subject(changed_alert()), "mali · 2 new of 9 sentences", "NEW", "CHANGED", "ALREADY KNOWN", URL, "WHY"]
    places = [body.index(mark) for mark in marks]
    assert places == sorted(places)
    assert max(map(len, body.splitlines())) <= 78


def test_one_outlet_is_not_a_confirmation_and_copies_count_once() -> None:
    assert "Reuters only, not confirmed by another outlet" in as_chat(alert()).body
    assert "2 independent of 3 outlets: AFP, Reuters, AP · update 2 of this story" in as_chat(changed_alert()).body
    assert phrases.voices((), 0) == "outlet unknown, not confirmed by another outlet"
    assert phrases.voices(tuple("ABCDEFGH"), 5) == "5 independent of 8 outlets: A, B, C, D, E, F + 2 more"


def test_a_changed_sentence_is_quoted_once_with_its_earlier_value() -> None:
    body = as_text(changed_alert()).body
    assert " 300 → 500 — people killed in Moura\n" in body
    assert body.count("at least 500 people") == 1
    assert "was  Rights groups said that 300 people were killed in Moura." in body


def test_two_changes_in_one_sentence_quote_it_once() -> None:
    [change] = changed_alert().changed
    twice = replace(changed_alert(), changed=(change, replace(change, what="villages", was="2", now="3")))
    for shown in (as_text(twice).body, as_chat(twice).body, as_html(twice)):
        assert "2 → 3" in shown
        assert shown.count("A UN inquiry found") == 1
        assert shown.count("Rights groups said") == 1


def test_known_sentences_are_dropped_whole_never_cut() -> None:
    long = "A known sentence that goes on. " * 30
    body = as_text(replace(alert(), known=(known(long), *alert().known))).body
    assert "A known sentence" not in body
    assert "+ 2 more" in body


def test_more_new_sentences_are_counted() -> None:
    many = tuple(quote(f"Sentence {number} says something.") for number in range(20))
    body = as_text(replace(alert(), new=many, new_count=23)).body
    assert "12. Sentence 11 says something." in body
    assert "+ 11 more new" in body


def test_a_chat_message_keeps_its_limit_by_dropping_whole_sentences() -> None:
    full = as_chat(changed_alert())
    for limit in range(2_000, 0, -20):
        message = as_chat(changed_alert(), limit=limit)
        added = {"+ 1 more new", "[#9b1e]", "2 new of 9 sentences", "• 300 → 500 — people killed in Moura"}
        assert set(message.body.splitlines()) - set(full.body.splitlines()) <= added
        assert URL in message.body or limit < 130
        assert "[#9b1e]" in message.body
        assert len(f"{message.title}\r\n{message.body}") <= limit or limit == 20


@pytest.mark.parametrize("told", [alert(), changed_alert()])
def test_whatever_the_room_more_is_said_beside_what_is_shown_only_and_the_sum_is_true(told: Alert) -> None:
    for limit in range(60, 900, 5):
        lines = as_chat(told, limit=limit, title_limit=0).body.splitlines()
        shown = sum(line.startswith("• ") for line in lines)
        [*hidden] = (int(line.split()[1]) for line in lines if line.endswith(" more new"))
        assert shown or not hidden
        assert not shown or shown + sum(hidden) == told.new_count
        assert lines[0].startswith(subject(told)[:20])


def test_little_room_is_enough_for_what_changed_and_how_much_more_there_is() -> None:
    lines = as_chat(changed_alert(), limit=200, title_limit=0).body.splitlines()
    assert lines[:4] == [
        "UN inquiry: at least 500 killed in Moura, not 300",
        "2 new of 9 sentences",
        "• 300 → 500 — people killed in Moura",
        "+ 1 more new",
    ]
    assert "more" not in as_chat(alert(), limit=200, title_limit=0).body


def test_a_headline_too_long_for_a_title_stands_whole_in_the_body() -> None:
    message = as_chat(alert(), title_limit=40)
    assert message.title == "US regrets Mali's decision, calls for…"
    assert message.body.startswith(subject(alert()))


def test_an_alert_without_anything_optional_still_speaks() -> None:
    bare = replace(
        alert(), url=None, new=(), known=(), outlets=(), matched=(), independent=0, new_count=0, sentence_count=1
    )
    assert as_text(bare).body == (
        f"{subject(bare)}\n\nmali · 0 new of 1 sentence · outlet unknown, not confirmed by another outlet\n\n"
        "WHY  matched every article · novelty 0.43 (threshold 0.25)\n"
        "MUTE monitor silence add --story 7f3a000000000001 --for 4h\n"
        "MORE monitor why 4f2a9c0d11223344  [#4f2a]\n"
    )
    assert "<a " not in as_html(bare)
    assert as_chat(bare).body.endswith("[#4f2a]")


def test_a_change_without_words_or_places_still_shows_its_values() -> None:
    [change] = changed_alert().changed
    nameless = replace(change, what="", before=replace(change.before, outlet="", date=None))
    body = as_text(replace(changed_alert(), changed=(nameless,), new=())).body
    assert " 300 → 500\n" in body
    assert "    was  Rights groups said that 300 people were killed in Moura.\n" in body
    assert "<span" in as_html(replace(changed_alert(), changed=(nameless,), new=(), known=()))


def test_the_json_is_the_contract_object() -> None:
    told = as_json(changed_alert())
    assert told["type"] == "alert"
    assert list(told) == [
        "type", "id", "watch", "story", "revision", "headline", "url", "new", "known", "changed", "outlets",
        "independent", "confirmation", "claims", "matched", "disguised", "corrects", "confirms", "unsure", "written",
        "novelty", "threshold", "severity", "created",
    ]  # fmt: skip
    assert told["changed"] == [
        {
            "what": "people killed in Moura",
            "was": "300",
            "now": "500",
            "relation": "updates",
            "evidence": {
                "text": "Rights groups said that 300 people were killed in Moura.",
                "source": "seeds/003.txt",
                "outlet": "AP",
                "date": "2023-04-12T00:00:00+00:00",
                "sentence": "A UN inquiry found that at least 500 people were killed in Moura in March 2022.",
            },
        }
    ]
    assert json.loads(json.dumps(as_json(alert())))["known"][2]["evidence"]["date"] is None


@pytest.mark.parametrize("place", ["headline", "watch", "quote", "known", "outlet", "matched", "changed"])
def test_hostile_text_is_harmless_wherever_it_stands(shared: Path, place: str) -> None:
    cases = sorted((shared / "hostile" / "text").glob("render-*.json"))
    assert cases
    for case in cases:
        hostile = planted(place, json.loads(case.read_text(encoding="utf-8"))["title"])
        page, text, chat = as_html(hostile), as_text(hostile).body, as_chat(hostile)
        json.dumps(as_json(hostile))
        assert not {"<script", "<img", "<svg", '<a href="https://matrix', "<b>"} & {
            tag for tag in ("<script", "<img", "<svg", '<a href="https://matrix', "<b>") if tag in page
        }, case.name
        for shown in (page, text, chat.title + "\n" + chat.body):
            assert "\x1b" not in shown, case.name
            assert "\u202e" not in shown, case.name
            assert "@everyone" not in shown, case.name
            assert "javascript:" not in shown, case.name
            assert "\u0301" * 5 not in shown, case.name


def planted(place: str, text: str):
    [change] = changed_alert().changed
    change = replace(change, what=text, was=text, now=text, sentence=text, before=replace(change.before, text=text))
    return {
        "headline": replace(alert(), headline=text),
        "watch": replace(alert(), watch=text),
        "quote": replace(alert(), new=(quote(text),)),
        "known": replace(alert(), known=(known(text, outlet=text),)),
        "outlet": replace(alert(), outlets=(text, text), new=(quote("One.", outlet=text),)),
        "matched": replace(alert(), matched=(text,)),
        "changed": replace(changed_alert(), changed=(change,)),
    }[place]


def test_a_link_that_is_none_is_left_out() -> None:
    assert "javascript" not in as_html(replace(alert(), url="javascript:alert(1)"))
    assert "javascript" not in as_text(replace(alert(), url="javascript:alert(1)")).body


def test_days_are_told_without_a_locale() -> None:
    assert phrases.day(JUNE_19) == "19 Jun 2023"
    assert phrases.day(datetime(2024, 2, 3, tzinfo=UTC)) == "3 Feb 2024"
    assert phrases.origin("", None) == ""


def test_the_page_loads_nothing_from_anywhere_and_has_a_preheader() -> None:
    page = as_html(alert())
    assert "src=" not in page
    assert "url(" not in page
    assert "@import" not in page
    assert page.index("display:none") < page.index("<table")
    long = as_html(replace(alert(), new=(quote("word " * 80),)))
    assert "word …</div>" in long
    assert as_html(replace(alert(), new=())).count("ALREADY KNOWN") == 1


@pytest.mark.parametrize(
    ("confirmation", "independent", "said"),
    [
        (None, 1, ""),
        (Confirmation.WAITING, 1, "held: one source"),
        (Confirmation.CONFIRMED, 2, "confirmed"),
        (Confirmation.UNCONFIRMED, 1, "unconfirmed: one source"),
        (Confirmation.UNCONFIRMED, 2, "unconfirmed: 2 sources"),
        (Confirmation.DROPPED, 1, "dropped: one source"),
    ],
)
def test_an_alert_says_whether_others_confirmed_it(
    confirmation: Confirmation | None, independent: int, said: str
) -> None:
    told = replace(alert(), confirmation=confirmation, independent=independent)
    assert phrases.stand(told) == said
    for shown in (as_text(told).body, as_chat(told).body, as_html(told)):
        assert f"{said} · mali · " in shown if said else "confirmed · " not in shown


def test_claims_of_others_stand_in_the_json() -> None:
    claim = Claim(entry="e7", outlet="AP", relation=Relation.SAME, text="They left.", of="All left.")
    found = as_json(replace(alert(), confirmation=Confirmation.CONFIRMED, claims=(claim,)))
    assert found["confirmation"] == "confirmed"
    assert found["claims"] == [
        {"entry": "e7", "outlet": "AP", "relation": "same", "text": "They left.", "of": "All left."}
    ]


def test_sources_that_differ_stand_side_by_side() -> None:
    """Who is right is not for us to say: nothing "was" what another outlet says at the same time."""
    [change] = changed_alert().changed
    rival = replace(change, relation=Relation.CONTRADICTS)
    told = replace(changed_alert(), changed=(rival,))
    text, page = as_text(told).body, as_html(told)
    assert "SOURCES DIFFER\n 500 against 300 (AP) — people killed in Moura\n    says A UN inquiry" in text
    assert "    says Rights groups said that 300 people were killed in Moura. — AP" in text
    assert "CHANGED" not in text + page
    assert "SOURCES DIFFER" in page
    assert "500 against 300 (AP): " in as_chat(replace(told, changed=(replace(rival, what=""),))).body
    assert "(against: Rights groups said" in as_chat(told).body
    assert as_json(told)["changed"][0]["relation"] == "contradicts"
    nowhere = replace(rival, before=replace(rival.before, outlet=""))
    assert "500 against 300 — people" in as_text(replace(told, changed=(nowhere,))).body


def test_what_changed_comes_before_what_is_disputed() -> None:
    [change] = changed_alert().changed
    rival = replace(change, relation=Relation.CONTRADICTS, was="400")
    body = as_text(replace(changed_alert(), changed=(rival, change))).body
    assert body.index("CHANGED\n 300 → 500") < body.index("SOURCES DIFFER\n 500 against 400")
