"""What a machine wrote stands beside the quotes under its own label, in every form, and never in their place."""

from dataclasses import replace

import pytest
from alert_samples import alert, changed_alert
from source_samples import source_alert

from monitor.alerting.phrases import WRITTEN
from monitor.alerting.render import as_chat, as_html, as_json, as_text
from monitor.model.feed import SourceState
from monitor.model.judgement import Alert, Bullet, Written
from monitor.store.codec import dump_alert, load_alert

SAID = "The United States regrets the decision, Matthew Miller said."


def written(given: Alert) -> Alert:
    bullets = (Bullet(text=SAID, cites=(given.new[0].text,)), Bullet(text="<b>@everyone", cites=(given.new[0].text,)))
    return replace(given, written=Written(model="scribe-1", bullets=bullets))


@pytest.mark.parametrize("given", [alert(), changed_alert()], ids=["new", "changed"])
def test_it_is_labelled_and_stands_below_what_it_rests_on(given: Alert) -> None:
    for without, shown in (
        (as_text(given).body, as_text(written(given)).body),
        (as_chat(given).body, as_chat(written(given)).body),
        (as_html(given), as_html(written(given))),
    ):
        assert WRITTEN not in without
        assert shown.count(WRITTEN) == 1
        last_quote = shown.rindex("known since")
        assert (
            last_quote
            < shown.index(WRITTEN)
            < shown.index("scribe-1")
            < shown.index("The United States regrets the d", last_quote)
        )
        assert shown.index("matched MINUSMA") > shown.index(WRITTEN)
        assert "@everyone" not in shown
        lines = set(without.splitlines())
        assert lines <= set(shown.splitlines())  # nothing of the evidence gave way


def test_the_text_keeps_its_width() -> None:
    assert max(map(len, as_text(written(changed_alert())).body.splitlines())) <= 78
    assert "<b>" not in as_html(written(alert()))


def test_in_a_chat_it_gives_way_before_any_evidence() -> None:
    for limit in range(2_000, 0, -20):
        without, shown = as_chat(alert(), limit=limit).body, as_chat(written(alert()), limit=limit).body
        assert shown == without or (WRITTEN in shown and len(shown) <= limit and SAID in shown)
        assert set(without.splitlines()) <= set(shown.splitlines())


def test_no_chat_message_is_a_character_too_long() -> None:
    least = [source_alert(state) for state in SourceState]
    for each in (*least, alert(), changed_alert(), written(alert()), written(changed_alert())):
        for limit in (*range(20, 500, 3), *range(500, 2_000, 17)):
            message = as_chat(each, limit=limit)
            assert len(f"{message.title}\r\n{message.body}") <= limit


def test_json_says_what_each_line_rests_on() -> None:
    assert as_json(alert())["written"] is None
    told = as_json(written(alert()))["written"]
    assert told == {
        "label": "machine-written",
        "model": "scribe-1",
        "bullets": [
            {"text": SAID, "cites": [alert().new[0].text]},
            {"text": "<b>@everyone", "cites": [alert().new[0].text]},
        ],
    }


def test_it_is_kept_with_its_alert() -> None:
    assert load_alert(dump_alert(written(alert()))) == written(alert())
    assert load_alert(dump_alert(alert())) == alert()


def test_an_alert_says_when_it_cannot_be_sure() -> None:
    first, second, *others = alert().new  # the first stands under what changed
    unsure = replace(alert(), is_unsure=True, new=(first, replace(second, is_unsure=True), *others))
    for shown in (as_text(unsure).body, as_chat(unsure).body, as_html(unsure)):
        assert "unsure: most of what is known is in other languages" in " ".join(shown.split())
        assert shown.count(", unsure") == 1
        assert as_text(alert()).body.count("unsure") == 0
    told = as_json(unsure)
    assert told["unsure"] is True
    assert [each["unsure"] for each in told["new"]] == [False, True, *(False for _ in others)]  # type: ignore[attr-defined]
    assert load_alert(dump_alert(unsure)) == unsure
