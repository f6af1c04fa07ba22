"""Many alerts in one message: what is kept of each."""

from dataclasses import replace
from datetime import timedelta

from alert_samples import alert, changed_alert
from digest_samples import channel_alert, night
from source_samples import CREATED, source_alert

from monitor.alerting.collect import digest_of
from monitor.model.delivery import AnyAlert, Digest, Wait
from monitor.model.judgement import Severity


def made(*told: AnyAlert, most: int | None = None, of: str = "a") -> Digest:
    return digest_of(
        [(each, Wait.QUIET) for each in told],
        why=Wait.QUIET, name="night", channel="desk", of=of, now=CREATED, most=most,
    )  # fmt: skip


def test_an_alert_of_a_story_keeps_its_most_telling_sentences_and_what_changed() -> None:
    told = changed_alert()
    [item] = made(told).items
    assert item.new == tuple(quote.text for quote in told.new[:2])
    assert len(item.changed) == len(told.changed) > 0
    assert (item.alert, item.story, item.outlets, item.why) == (told.id, told.story, told.outlets, Wait.QUIET)


def test_one_story_is_one_thread_and_several_are_none() -> None:
    other = replace(alert(), id="f" * 16, story="e" * 16)
    assert made(alert(), replace(alert(), id="f" * 16)).root == alert().story
    assert made(alert(), other).root is None


def test_health_and_digests_within_digests_are_told_too() -> None:
    found = made(source_alert(), channel_alert(), night())
    assert [item.watch for item in found.items[:2]] == ["", ""]
    assert found.items[2:] == night().items
    assert found.items[0].url == source_alert().url
    assert found.since == min(item.created for item in found.items)


def test_the_gravest_keep_their_sentences_where_only_some_may() -> None:
    plain = [replace(alert(), id=f"{n:016x}") for n in range(4)]
    grave = replace(alert(), id="f" * 16, severity=Severity.CRITICAL)
    found = made(*plain, grave, most=2)
    assert [bool(item.new) for item in found.items] == [True, False, False, False, True]
    assert len(found.items) == 5


def test_the_more_there_are_the_less_is_quoted_of_each() -> None:
    many = [replace(alert(), id=f"{n:016x}") for n in range(51)]
    assert {len(item.new) for item in made(*many).items} == {1}
    assert {len(item.new) for item in made(*many * 10).items} == {0}


def test_an_empty_one_begins_when_it_is_made() -> None:
    assert made().since == CREATED


def test_its_id_is_that_of_its_channel_name_and_period() -> None:
    later = replace(made(alert()), created=CREATED + timedelta(hours=1))
    assert later.id == made(alert()).id != made(alert(), of="b").id
