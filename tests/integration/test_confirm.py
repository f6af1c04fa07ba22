"""Watches that ask for a second source: what waits, what is released, and what becomes of the rest."""

import asyncio
import json
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from desk_samples import NOW, ListedSource, desk_of
from newsroom import DAM
from programs import Ran, run_here

from monitor.alerting.render import as_chat, as_html, as_json, as_text
from monitor.delivery.sender import RecordingSender
from monitor.model.delivery import Wait
from monitor.model.feed import FeedEntry
from monitor.model.judgement import Alert, Confirmation, Decision, Outcome, Reason, Relation
from monitor.model.routing import Policy, Quiet, Route, Schedule
from monitor.model.watch import Confirm, IfSingle, Watch
from monitor.pipeline.listing import entry_of
from monitor.pipeline.passes import PassResult, one_pass
from monitor.store import decisions, entries, outbox
from monitor.store.views import totals

FIRST, REWRITE, _ = DAM.first, *DAM.rewrites
THIRD = """Brenna: residents leave homes below Velka dam
Residents of Brenna are leaving their homes below the dam after a leak.
Schools and a sports hall in Dolany took people in, who came by bus.
Soldiers lay sandbags; the army sent 200 of them, and two helicopters."""
WAIT = timedelta(minutes=30)
MARKED, HOLD, DROP = IfSingle.SEND_MARKED, IfSingle.HOLD, IfSingle.DROP


@dataclass
class Clock:
    at: datetime = NOW

    def __call__(self) -> datetime:
        return self.at


@dataclass
class Room:
    """A desk with one watch that asks for confirmation, a clock that is set by hand, and what was told."""

    if_single: IfSingle = MARKED
    outlets: int = 2
    policy: Policy | None = None
    clock: Clock = field(default_factory=Clock)
    told: list[Alert] = field(default_factory=list)
    decided: list[Decision] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.sender = RecordingSender()
        made = desk_of(source=ListedSource(()), sender=self.sender, now=self.clock)
        self.desk = replace(
            made,
            policy=self.policy or made.policy,
            watches={"all": self.watch(Confirm(outlets=self.outlets, wait=WAIT, if_single=self.if_single))},
        )

    def watch(self, confirm: Confirm | None) -> Watch:
        return Watch(name="all", query="*:*", embedder="none", confirm=confirm)

    def bring(self, text: str, host: str, *, page: str | None = None) -> Decision:
        """Let a host report, on a page of its own or on an earlier one, and make a pass; return the decision."""
        title, _, body = text.partition("\n")
        guid = f"https://{host}/{len(self.decided)}"
        url = f"https://{host}/{page}" if page else guid
        listed = FeedEntry(guid=guid, url=url, title=title, text=body, language="en")
        feed = self.desk.feeds["wire"]
        entry = replace(entry_of(feed, listed, now=self.clock.at), outlet=host, host=host)
        self.desk.store.write_now(lambda tx: entries.add(tx, [entry]))
        self.make_pass()
        return self.decided[-1]

    def make_pass(self) -> PassResult:
        def keep(assessed: Any) -> None:
            self.decided.extend(assessed.decisions)
            self.told.extend(d.alert for d in assessed.decisions if d.outcome is Outcome.ALERTED)
            self.told.extend(assessed.released)

        return asyncio.run(
            one_pass(
                self.desk,
                everything=self.policy is None,
                on_assessed=keep,
                on_notice=lambda _: None,
                on_told=self.told.append,
            )
        )

    def later(self, by: timedelta = WAIT) -> None:
        self.clock.at += by
        self.make_pass()

    @property
    def sent(self) -> list[tuple[str, Confirmation | None]]:
        return [(each.alert.headline, each.alert.confirmation) for each in self.sender.deliveries]

    @property
    def states(self) -> dict[str, int]:
        return self.desk.store.write_now(outbox.counts)

    def decision(self, n: int) -> tuple[Outcome, Reason]:
        [found] = self.desk.store.write_now(lambda tx: decisions.of_entry(tx, n))
        return found.outcome, found.reason


# --- waiting and being confirmed --------------------------------------------------------------------------------------


def test_one_source_waits_and_nobody_is_told() -> None:
    room = Room()
    found = room.bring(FIRST, "alpha.example")
    assert (found.outcome, found.reason) == (Outcome.HELD, Reason.ONE_SOURCE)
    assert "1 of 2 independent sources" in found.note
    assert (room.told, room.sent, room.states) == ([], [], {"held": 1})
    room.later(WAIT - timedelta(seconds=1))
    assert (room.told, room.sent) == ([], [])


def test_another_source_releases_it_at_once_and_once() -> None:
    room = Room()
    room.bring(FIRST, "alpha.example")
    room.clock.at += timedelta(minutes=5)
    room.bring(REWRITE, "beta.example")
    [alert] = [each for each in room.told if each.headline == FIRST.splitlines()[0]]
    assert (alert.confirmation, alert.independent) == (Confirmation.CONFIRMED, 2)
    assert alert.outlets == ("alpha.example", "beta.example")
    assert {claim.outlet for claim in alert.claims} == {"beta.example"}
    assert (alert.headline, Confirmation.CONFIRMED) in room.sent
    assert room.decision(1) == (Outcome.ALERTED, Reason.CONFIRMED)
    room.bring(THIRD, "gamma.example")
    room.later()
    assert [headline for headline, _ in room.sent].count(alert.headline) == 1


@pytest.mark.parametrize(
    "again",
    [FIRST, FIRST.replace("Thousands told", "Many told"), FIRST.replace("dawn", "sunrise")],
    ids=["as it is", "another headline", "near"],
)
@pytest.mark.parametrize("host", ["alpha.example", "copy.example"])
def test_neither_its_own_host_nor_a_copy_confirms_it(again: str, host: str) -> None:
    room = Room()
    room.bring(FIRST, "alpha.example")
    room.bring(again, host)
    assert (room.told, room.states) == ([], {"held": 1})


def test_two_that_credit_one_agency_do_not_confirm_each_other() -> None:
    room = Room()
    first = FIRST.replace("Authorities", "BRENNA (AP) - Authorities", 1)
    room.bring(first, "alpha.example")
    room.bring(REWRITE.replace("Some 6,000", "BRENNA (AP) — Some 6,000", 1), "beta.example")
    assert all(each.confirmation is not Confirmation.CONFIRMED for each in room.told)
    assert room.decision(1) == (Outcome.HELD, Reason.ONE_SOURCE)


def test_three_sources_may_be_asked_for() -> None:
    room = Room(outlets=3)
    room.bring(FIRST, "alpha.example")
    room.bring(REWRITE, "beta.example")
    assert room.decision(1) == (Outcome.HELD, Reason.ONE_SOURCE)
    room.bring(THIRD, "gamma.example")
    [alert] = [each for each in room.told if each.headline == FIRST.splitlines()[0]]
    assert (alert.independent, alert.outlets) == (3, ("alpha.example", "beta.example", "gamma.example"))


def test_a_copy_elsewhere_is_named_though_it_confirms_nothing() -> None:
    room = Room()
    room.bring(FIRST, "alpha.example")
    room.bring(FIRST, "copy.example")
    room.bring(REWRITE, "beta.example")
    alert = room.told[0]
    assert (alert.outlets, alert.independent) == (("alpha.example", "copy.example", "beta.example"), 2)


def test_what_waits_is_found_behind_whatever_else_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy watch holds many alerts: those of the story come first."""
    monkeypatch.setattr("monitor.pipeline.before.MOST_UNVOUCHED", 1)
    room = Room(HOLD)
    room.bring(FIRST, "alpha.example")
    room.clock.at += timedelta(minutes=5)
    room.bring(TOLL, "gamma.example")
    room.bring(REWRITE, "beta.example")
    assert room.decision(1) == (Outcome.ALERTED, Reason.CONFIRMED)


# --- the end of the wait ----------------------------------------------------------------------------------------------


def test_an_alert_that_nobody_confirmed_is_sent_marked() -> None:
    room = Room(MARKED)
    room.bring(FIRST, "alpha.example")
    room.later()
    [alert] = room.told
    assert (alert.confirmation, alert.independent) == (Confirmation.UNCONFIRMED, 1)
    assert room.sent == [(alert.headline, Confirmation.UNCONFIRMED)]
    assert room.decision(1) == (Outcome.ALERTED, Reason.UNCONFIRMED)
    room.later()
    assert len(room.told) == len(room.sent) == 1


def test_or_it_is_held_until_somebody_does() -> None:
    room = Room(HOLD)
    room.bring(FIRST, "alpha.example")
    room.later(timedelta(days=3))
    assert (room.told, room.states) == ([], {"held": 1})
    room.bring(REWRITE, "beta.example")
    assert room.told[0].confirmation is Confirmation.CONFIRMED
    assert room.sent[0][0] == FIRST.splitlines()[0]


def test_or_it_is_dropped_and_the_reason_kept() -> None:
    room = Room(DROP)
    room.bring(FIRST, "alpha.example")
    room.later()
    assert (room.told, room.sent, room.states) == ([], [], {"cancelled": 1})
    assert room.decision(1) == (Outcome.HELD, Reason.DROPPED)
    assert room.desk.store.write_now(totals).alerts == 0


def test_a_watch_that_asks_no_more_tells_what_it_held() -> None:
    room = Room(HOLD)
    room.bring(FIRST, "alpha.example")
    room.desk = replace(room.desk, watches={"all": room.watch(None)})
    room.later()
    assert [each.confirmation for each in room.told] == [None]
    assert room.decision(1)[0] is Outcome.ALERTED


# --- what was told as unconfirmed -------------------------------------------------------------------------------------


def marked(**asked: Any) -> Room:
    """Return a room in which a first report was sent as unconfirmed."""
    room = Room(MARKED, **asked)
    room.bring(FIRST, "alpha.example")
    room.later(timedelta(hours=2))
    assert room.sent == [(FIRST.splitlines()[0], Confirmation.UNCONFIRMED)]
    return room


def test_it_is_confirmed_by_one_short_message_in_its_thread() -> None:
    room = marked()
    found = room.bring(REWRITE, "beta.example")
    assert found.outcome is Outcome.KNOWN  # it says the same: no second alert
    first, short = (each.alert for each in room.sender.deliveries)
    assert isinstance(first, Alert)
    assert isinstance(short, Alert)
    assert (short.confirms, short.confirmation, short.independent) == ((first.id,), Confirmation.CONFIRMED, 2)
    assert (short.story, short.revision, short.headline) == (first.story, first.revision + 1, first.headline)
    assert (short.outlets, short.new, short.new_count) == (("alpha.example", "beta.example"), (), 0)
    assert {quote.evidence.text for quote in short.known} <= {quote.text for quote in first.new}
    assert all(quote.text in REWRITE for quote in short.known)
    assert room.told[-1] == short
    assert [each.root for each in room.sender.deliveries] == [first.story] * 2


def test_a_confirmation_says_so_in_every_face() -> None:
    room = marked()
    room.bring(REWRITE, "beta.example")
    first, short = (each.alert for each in room.sender.deliveries)
    for said in (as_text(short).body, as_html(short), as_chat(short).body):
        assert "confirmed by beta.example" in said
        assert "now 2 independent of 2 outlets" in said
        assert f"sent as unconfirmed: [#{first.id[:4]}]" in said
        assert "new of" not in said
    assert as_json(short)["confirms"] == [first.id]


def test_it_is_confirmed_once_however_many_say_it_later() -> None:
    room = marked()
    room.bring(REWRITE, "beta.example")
    room.bring(DAM.rewrites[1], "gamma.example")
    room.bring(REWRITE, "beta.example")
    room.bring(THIRD, "delta.example")
    room.later()
    assert [bool(each.confirms) for each in room.told].count(True) == 1


def test_several_are_confirmed_in_one_message() -> None:
    room = marked()
    room.bring(DAM.developments[0], "alpha.example")
    room.later()
    first, second = room.told
    assert first.story == second.story
    wave = "On Wednesday night the Velka dam gave way, and water and mud tore through the empty centre of Brenna."
    room.bring("\n".join(["Velka: what is known", *REWRITE.splitlines()[1:], wave]), "beta.example")
    [short] = [each for each in room.told if each.confirms]
    assert (set(short.confirms), short.story) == ({first.id, second.id}, first.story)
    assert {quote.evidence.source for quote in short.known} == {first.new[0].entry, second.new[0].entry}


def test_its_decision_tells_both() -> None:
    room = marked()
    room.bring(REWRITE, "beta.example")
    assert room.decision(1) == (Outcome.ALERTED, Reason.CONFIRMED)
    [decision] = room.desk.store.write_now(lambda tx: decisions.of_entry(tx, 1))
    assert "nobody confirmed it in time; confirmed by beta.example" in decision.note


def test_three_sources_may_be_asked_for_then_too() -> None:
    room = marked(outlets=3)
    room.bring(REWRITE, "beta.example")
    assert len(room.told) == 1
    room.bring(THIRD, "gamma.example")
    [_, short] = [each for each in room.told if each.headline == FIRST.splitlines()[0]]
    assert (short.confirms, short.independent) == ((room.told[0].id,), 3)


@pytest.mark.parametrize("again", [FIRST, FIRST.replace("dawn", "sunrise")])
def test_a_copy_confirms_nothing_then_either(again: str) -> None:
    room = marked()
    room.bring(again, "copy.example")
    assert len(room.told) == 1


# --- what waits for anything else goes out as it stands then ----------------------------------------------------------

NOON = Quiet(name="noon", start=time(11), end=time(13), days=frozenset(range(7)), zone=ZoneInfo("UTC"))
GROUPED = Policy(route=Route(name="route", to=("desk",), group_wait=timedelta(hours=1)))
QUIET = Policy(route=Route(name="route", to=("desk",)), quiets=(NOON,))
POLICIES = pytest.mark.parametrize("policy", [GROUPED, QUIET])


def unsent(policy: Policy, confirm: Confirm | None = None) -> Room:
    """Return a room with a first report that was decided and waits."""
    room = Room(policy=policy)
    room.desk = replace(room.desk, watches={"all": room.watch(confirm)})
    room.bring(FIRST, "alpha.example")
    assert room.sent == []
    return room


def only(room: Room) -> Alert:
    room.clock.at = NOON_ENDS
    room.make_pass()
    [alert] = [each.alert for each in room.sender.deliveries]
    assert isinstance(alert, Alert)
    return alert


NOON_ENDS = NOW + timedelta(minutes=61)


@POLICIES
def test_outlets_that_say_it_meanwhile_are_named(policy: Policy) -> None:
    room = unsent(policy)
    assert room.bring(FIRST, "copy.example").outcome is Outcome.DUPLICATE
    room.clock.at += timedelta(minutes=2)
    assert room.bring(REWRITE, "beta.example").outcome is Outcome.KNOWN
    alert = only(room)
    assert (alert.outlets, alert.independent) == (("alpha.example", "copy.example", "beta.example"), 2)
    assert (alert.revision, alert.confirmation, len(room.told)) == (1, None, int(policy is GROUPED))
    room.bring(THIRD, "gamma.example")
    assert only(room) == alert  # it is sent: nothing changes it any more
    with room.desk.store.read() as tx:
        assert outbox.alerts(tx, limit=9) == (alert,)


def test_what_one_channel_was_told_another_one_is_told_later_in_the_same_words() -> None:
    both = (
        Route(name="route.0", to=("desk",), goes_on=True),
        Route(name="route.1", to=("chat",), group_wait=timedelta(hours=1)),
    )
    room = Room(policy=Policy(route=Route(name="route", routes=both)))
    room.desk = replace(room.desk, watches={"all": room.watch(None)})
    room.bring(FIRST, "alpha.example")
    room.bring(REWRITE, "beta.example")
    room.clock.at = NOON_ENDS
    room.make_pass()
    first, second = room.sender.deliveries
    assert (first.channel, second.channel) == ("desk", "chat")
    assert first.alert == second.alert


@POLICIES
def test_one_that_was_to_go_out_as_unconfirmed_goes_out_as_confirmed(policy: Policy) -> None:
    """No second message: the reader has not seen the first one."""
    room = unsent(policy, Confirm(wait=timedelta(minutes=1)))
    room.clock.at += timedelta(minutes=1)
    room.make_pass()
    assert (room.sent, room.decision(1)[1]) == ([], Reason.UNCONFIRMED)
    room.bring(REWRITE, "beta.example")
    assert room.decision(1)[1] is Reason.CONFIRMED
    alert = only(room)
    assert (alert.confirmation, alert.confirms) == (Confirmation.CONFIRMED, ())


# --- what one source said is not known --------------------------------------------------------------------------------


def test_another_source_is_heard_after_the_wait_with_the_first_as_its_witness() -> None:
    room = Room(DROP)
    room.bring(FIRST, "alpha.example")
    room.later(timedelta(hours=2))
    assert room.told == []
    found = room.bring(REWRITE, "beta.example")
    assert (found.outcome, found.reason) == (Outcome.ALERTED, Reason.NEW_DEVELOPMENT)
    alert = room.told[-1]
    assert (alert.confirmation, alert.independent) == (Confirmation.CONFIRMED, 2)
    assert alert.outlets == ("alpha.example", "beta.example")


@pytest.mark.parametrize("if_single", [MARKED, DROP])
def test_its_own_source_is_not_heard_twice(if_single: IfSingle) -> None:
    room = Room(if_single)
    room.bring(FIRST, "alpha.example")
    room.later(timedelta(hours=2))
    count = len(room.told)
    retold = "\n".join(["Leak at the Velka dam", *FIRST.splitlines()[1:4]])
    assert room.bring(retold, "alpha.example").outcome in (Outcome.KNOWN, Outcome.DUPLICATE)
    assert len(room.told) == count


def test_where_one_source_is_enough_nothing_waits() -> None:
    room = Room()
    room.desk = replace(room.desk, watches={"all": room.watch(None)})
    assert room.bring(FIRST, "alpha.example").outcome is Outcome.ALERTED
    assert [each.confirmation for each in room.told] == [None]


# --- sources that differ ----------------------------------------------------------------------------------------------

TOLL = """Cranes collapse at Norhaven
Rescuers said on Monday that 34 dockers died when the northern cranes of Norhaven collapsed.
The port was closed and the minister of transport is on the way to it.
"""
OTHER_TOLL = """Cranes of Norhaven harbour come down
The police said on Monday that 61 dockers died when the northern cranes of Norhaven collapsed.
Divers look for the missing in the basin of the harbour, in the dark.
"""


TOLL_AGAIN = """Norhaven: collapse in the harbour
When the northern cranes of Norhaven collapsed on Monday, 34 dockers died, rescuers said.
Ships wait outside, and the families of the men came to the gate.
"""


def values(alert: Alert) -> list[tuple[str, str, str, Relation]]:
    return [(each.now, each.was, each.before.outlet, each.relation) for each in alert.changed]


def test_two_sources_that_differ_are_shown_side_by_side() -> None:
    room = Room()
    room.desk = replace(room.desk, watches={"all": room.watch(None)})
    room.bring(TOLL, "alpha.example")
    room.clock.at += timedelta(hours=1)
    room.bring(OTHER_TOLL, "beta.example")
    assert values(room.told[-1]) == [("61", "34", "alpha.example", Relation.CONTRADICTS)]
    assert Relation.CONTRADICTS in {claim.relation for claim in room.told[-1].claims}


def test_the_same_source_with_another_value_has_changed_it() -> None:
    room = Room()
    room.desk = replace(room.desk, watches={"all": room.watch(None)})
    room.bring(TOLL, "alpha.example")
    room.clock.at += timedelta(hours=1)
    room.bring(OTHER_TOLL, "alpha.example")
    assert values(room.told[-1]) == [("61", "34", "alpha.example", Relation.UPDATES)]


@pytest.mark.parametrize("later", [timedelta(minutes=5), timedelta(hours=1)])
def test_what_waits_or_was_not_confirmed_is_held_against_another_source_too(later: timedelta) -> None:
    room = Room(DROP)
    room.bring(TOLL, "alpha.example")
    room.clock.at += later
    found = room.bring(OTHER_TOLL, "beta.example")
    assert (found.outcome, found.reason) == (Outcome.HELD, Reason.ONE_SOURCE)
    assert found.alert is not None
    assert values(found.alert) == [("61", "34", "alpha.example", Relation.CONTRADICTS)]
    assert room.told == []


CALM = """Cranes of Norhaven: what is known of the collapse
The northern cranes of Norhaven were built by a firm of the capital and inspected in spring.
A strong wind was blowing over the harbour on that Monday, and the port was closed.
The minister of transport went to see the place himself.
The police said on Monday that 61 dockers died when the northern cranes of Norhaven collapsed.
"""


@pytest.mark.parametrize("if_single", IfSingle)
def test_who_contradicts_what_was_told_is_heard_at_once(if_single: IfSingle) -> None:
    """The reader was told 34, by two sources: that another one says 61 waits for nobody."""
    room = Room(if_single)
    room.bring(TOLL, "alpha.example")
    room.bring(TOLL.replace("Rescuers said on Monday", "On Monday rescuers told us"), "gamma.example")
    room.bring(TOLL_AGAIN, "delta.example")
    assert [each.confirmation for each in room.told] == [Confirmation.CONFIRMED]
    room.clock.at += timedelta(minutes=5)
    found = room.bring(OTHER_TOLL, "beta.example")
    assert (found.outcome, found.reason) == (Outcome.ALERTED, Reason.UNCONFIRMED)
    assert "sent at once: it differs from what was told" in found.note
    alert = room.told[-1]
    assert {(now, was, relation) for now, was, _, relation in values(alert)} == {("61", "34", Relation.CONTRADICTS)}
    assert (alert.confirmation, alert.story) == (Confirmation.UNCONFIRMED, room.told[0].story)
    assert alert.revision > 1
    is_short = len(alert.new) == 1
    assert is_short is (if_single is not MARKED)  # what else one source alone says is not told before its time
    count = len(room.told)
    room.bring(OTHER_TOLL, "copy.example")
    room.bring(TOLL, "alpha.example")
    assert len(room.told) == count
    room.later()
    assert not [each for each in room.told[count:] if values(each)]


def test_who_contradicts_what_was_told_as_unconfirmed_is_heard_at_once() -> None:
    room = Room(MARKED)
    room.bring(TOLL, "alpha.example")
    room.later()
    found = room.bring(OTHER_TOLL, "beta.example")
    assert (found.outcome, found.reason) == (Outcome.ALERTED, Reason.UNCONFIRMED)
    assert values(room.told[-1]) == [("61", "34", "alpha.example", Relation.CONTRADICTS)]


def test_a_contradiction_is_heard_in_an_article_that_says_nothing_else_new() -> None:
    room = Room()
    room.desk = replace(room.desk, watches={"all": room.watch(None)})
    room.bring(TOLL + CALM.partition("\n")[2].rpartition("The police")[0], "alpha.example")
    found = room.bring(CALM, "beta.example")
    assert found.outcome is Outcome.ALERTED
    assert values(room.told[-1]) == [("61", "34", "alpha.example", Relation.CONTRADICTS)]
    count = len(room.told)
    for said in (TOLL, CALM):  # both values are known now
        room.bring("The cranes of Norhaven\n" + said.splitlines()[1 if said is TOLL else 4], "gamma.example")
    assert len(room.told) == count


@pytest.mark.parametrize("if_single", IfSingle)
def test_a_correction_of_what_was_told_waits_for_nobody(if_single: IfSingle) -> None:
    room = Room(if_single)
    room.bring(TOLL, "alpha.example")
    room.bring(TOLL_AGAIN, "gamma.example")
    assert [each.confirmation for each in room.told] == [Confirmation.CONFIRMED]
    found = room.bring(TOLL.replace("34", "43"), "alpha.example", page="0")
    assert (found.outcome, found.reason) == (Outcome.ALERTED, Reason.UNCONFIRMED)
    alert = room.told[-1]
    assert {(now, was) for now, was, _, _ in values(alert)} == {("43", "34")}
    assert (alert.corrects, alert.story) == (room.told[0].new[0].entry, room.told[0].story)
    assert alert.revision > 1


# --- from outside -----------------------------------------------------------------------------------------------------


@dataclass
class Folder:
    """A configuration with a folder as its feed, in which outlets leave their reports."""

    path: Path

    def __post_init__(self) -> None:
        (self.path / "inbox").mkdir()
        self.write({"outlets": 2, "wait": "1d", "if_single": "hold"})

    def write(self, confirm: object) -> None:
        config = {
            "version": 1,
            "feeds": [{"name": "wire", "first_poll": "judge", "folder": "inbox"}],
            "watches": [{"name": "dam", "match": DAM.query, "novelty": {"embedder": "none"}, "confirm": confirm}],
        }
        self.config.write_text(json.dumps(config), encoding="utf-8")

    @property
    def config(self) -> Path:
        return self.path / "monitor.yaml"

    def leave(self, text: str, host: str, date: str) -> None:
        title, _, body = text.partition("\n")
        front = f"---\nurl: https://{host}/1\ndate: {date}\ntitle: {title}\n---\n"
        (self.path / "inbox" / f"{host}.txt").write_text(front + body, encoding="utf-8")

    def say(self, *words: str) -> Ran:
        return run_here(self.config, *words)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def told(ran: Ran) -> list[tuple[Any, ...]]:
    """Return what a run printed: decisions by host, alerts by what they say of themselves."""
    keys = {"decision": ("url", "outcome", "reason"), "alert": ("headline", "confirmation", "outlets")}
    return [tuple(line[key] for key in keys[line["type"]]) for line in ran.lines if line["type"] in keys]


def at_ten(folder: Folder) -> str:
    folder.leave(FIRST, "alpha.example", "2024-05-01T10:00:00Z")
    return FIRST.splitlines()[0]


def test_in_a_replay_an_alert_follows_what_confirms_it(folder: Folder) -> None:
    headline = at_ten(folder)
    folder.leave(REWRITE, "beta.example", "2024-05-01T10:20:00Z")
    ran = folder.say("--json", "replay", str(folder.path / "inbox"))
    assert told(ran)[:3] == [
        ("https://alpha.example/1", "held", "one_source"),
        ("https://beta.example/1", "known", "below_threshold"),
        (headline, "confirmed", ["alpha.example", "beta.example"]),
    ]
    assert ran.lines[-1]["alerts"] == 1
    assert folder.say("--json", "replay", str(folder.path / "inbox")).out == ran.out


def test_in_a_replay_the_clock_runs_on_until_nothing_waits(folder: Folder) -> None:
    headline = at_ten(folder)
    folder.leave(DAM.developments[1], "beta.example", "2024-05-01T10:20:00Z")
    other = DAM.developments[1].splitlines()[0]
    folder.write({"wait": "15m"})
    assert told(folder.say("--json", "replay", str(folder.path / "inbox"))) == [
        ("https://alpha.example/1", "held", "one_source"),
        (headline, "unconfirmed", ["alpha.example"]),
        ("https://beta.example/1", "held", "one_source"),
        (other, "unconfirmed", ["beta.example"]),
    ]
    shown = folder.say("replay", str(folder.path / "inbox")).out
    assert shown.count("unconfirmed: one source") == 2
    assert "held  new, and waits until another source says it" in shown


def test_what_is_held_is_seen_by_who_looks_for_it(folder: Folder) -> None:
    headline = at_ten(folder)
    assert told(folder.say("--json", "once"))[0][1:] == ("held", "one_source")
    [listed] = folder.say("--json", "alerts").lines
    assert (listed["headline"], listed["confirmation"]) == (headline, "waiting")
    assert "held: one source" in folder.say("alerts").out
    why = folder.say("why", "https://alpha.example/1").out
    assert "held (one_source)" in why
    assert "1 of 2 independent sources" in why
    assert "; held: one source" in why
    [status] = folder.say("--json", "status").lines
    assert (status["alerts"], status["outcomes"]) == (0, {"held": 1})


def test_a_later_pass_confirms_what_an_earlier_one_held(folder: Folder) -> None:
    headline = at_ten(folder)
    folder.say("--json", "once")
    folder.leave(REWRITE, "beta.example", "2024-05-01T10:20:00Z")
    ran = folder.say("--json", "once", "--now")
    assert (headline, "confirmed", ["alpha.example", "beta.example"]) in told(ran)
    assert ran.lines[-1]["alerts"] == 1
    assert folder.say("--json", "once", "--now").lines[-1]["alerts"] == 0
    assert "alerted (confirmed)" in folder.say("why", "https://alpha.example/1").out
    assert "confirmed by beta.example" in folder.say("why", "https://alpha.example/1").out


def test_background_of_one_source_is_news_when_another_one_reports_it() -> None:
    """A digest told it, and nobody vouched for it."""
    zone, kept = ZoneInfo("UTC"), frozenset({Wait.CONTEXT})
    daily = Schedule(name="daily", cron="0 7 * * *", zone=zone, to=("desk",), include=kept)
    room = Room(policy=Policy(route=Route(name="route", to=("desk",)), schedules=(daily,)))
    watch = room.desk.watches["all"]
    room.desk = replace(room.desk, watches={"all": room.watch(None)})
    room.bring(DAM.background, "delta.example")
    room.desk = replace(room.desk, watches={"all": replace(watch, novelty_min=1.1)})
    found = room.bring(FIRST, "alpha.example")
    assert (found.outcome, found.reason) == (Outcome.DIGEST, Reason.CONTEXT_ONLY)
    room.desk = replace(room.desk, watches={"all": watch})
    assert room.bring(THIRD, "alpha.example").outcome is Outcome.KNOWN  # its own word
    found = room.bring(REWRITE, "beta.example")
    assert (found.outcome, found.reason) == (Outcome.ALERTED, Reason.NEW_DEVELOPMENT)
    assert found.alert is not None
    assert found.alert.independent == 2
