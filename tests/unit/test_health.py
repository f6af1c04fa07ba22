"""What one poll means for its feed: its state, notices, alerts, moves."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.errors import FetchError, ParseError, SourceError
from monitor.model.feed import (
    Feed,
    FeedMemory,
    Hints,
    NotModified,
    ParsedFeed,
    Poison,
    Rung,
    SourceState,
    Validators,
    Visit,
)
from monitor.model.feed_state import FeedState, Health, Move, Rhythm, standing
from monitor.pipeline.health import BLIND_AFTER, DOWN_AFTER, FIRST_TIMES, Tally, Verdict, after_answer, after_failure
from monitor.sources.limits import MAX_WINDOW_BYTES, WINDOW_RECORD_BYTES
from monitor.sources.spans import GUID_BYTES, HASH_BYTES, MAX_ENTRIES

NOW = datetime(2024, 5, 2, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FEED = Feed(name="wire", url="https://user:pass@example.org/feed?key=1", every=timedelta(minutes=15))
STATE = FeedState(name="wire", polls=7, polled_at=NOW - timedelta(minutes=15), next_at=NOW)
UNCHANGED = NotModified(validators=Validators(etag='"2"'))
NOTHING_NEW = Tally()
REFUSED = FetchError("could not connect: refused", url="https://example.org/feed")


def answered(
    before: FeedState = STATE,
    polled: NotModified | ParsedFeed = UNCHANGED,
    tally: Tally = NOTHING_NEW,
    *,
    now: datetime = NOW,
    began: datetime | None = None,
) -> Verdict:
    return after_answer(FEED, before, polled, tally, began=began or now, now=now)


def failed(before: FeedState = STATE, error: SourceError = REFUSED, *, now: datetime = NOW) -> Verdict:
    return after_failure(FEED, before, error, began=now, now=now)


def failures(times: int, *, every: timedelta, error: SourceError = REFUSED) -> list[Verdict]:
    found, state = [], STATE
    for n in range(times):
        found.append(failed(state, error, now=NOW + n * every))
        state = found[-1].state
    return found


def told(verdicts: list[Verdict]) -> list[tuple[int, SourceState]]:
    return [(n, alert.state) for n, verdict in enumerate(verdicts) for alert in verdict.alerts]


def noticed(verdicts: list[Verdict]) -> list[tuple[int, SourceState]]:
    return [(n, notice.state) for n, verdict in enumerate(verdicts) for notice in verdict.notices]


# --- down and back ----------------------------------------------------------------------------------------------------


def test_a_feed_that_fails_is_noticed_at_once_and_told_when_it_persists() -> None:
    verdicts = failures(20, every=timedelta(minutes=10))
    assert noticed(verdicts) == [(DOWN_AFTER - 1, SourceState.DOWN)]
    assert told(verdicts) == [(6, SourceState.DOWN)]
    alert = verdicts[6].alerts[0]
    assert (alert.feed, alert.since, alert.created - alert.since) == ("wire", NOW, BLIND_AFTER)
    assert "pass" not in str(alert)
    assert "key=1" not in str(alert)


def test_a_short_outage_is_no_alert_however_often_it_is_asked() -> None:
    assert told(failures(30, every=timedelta(minutes=1))) == []


def test_recovery_is_noticed_and_told_once() -> None:
    down = failures(10, every=timedelta(minutes=10))[-1].state
    back = answered(down, now=NOW + 3 * HOUR)
    assert [alert.state for alert in back.alerts] == [SourceState.BACK]
    assert [notice.state for notice in back.notices] == [SourceState.BACK]
    assert back.alerts[0].since == NOW
    again = answered(back.state, now=NOW + 4 * HOUR)
    assert (again.alerts, again.notices) == ((), ())
    assert back.state.health == Health()


def test_recovery_of_a_short_outage_is_noticed_only() -> None:
    back = answered(failures(3, every=timedelta(minutes=1))[-1].state)
    assert [notice.state for notice in back.notices] == [SourceState.BACK]
    assert back.alerts == ()


def test_alerts_of_different_outages_have_different_ids() -> None:
    first = failures(10, every=timedelta(minutes=10))
    later = failed(replace(first[-1].state, health=Health(failures=9, failing_since=NOW + DAY)), now=NOW + 2 * DAY)
    assert first[6].alerts[0].id != later.alerts[0].id


def test_a_host_that_asked_for_a_pause_is_no_failure_of_a_feed_that_was_not_asked() -> None:
    held = FetchError("its host asked to be left alone", url="u", retry_after_s=3600, host="example.org")
    verdict = failed(error=held)
    assert verdict.state.health == STATE.health
    assert verdict.state.next_at == NOW + HOUR


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_pause_that_was_asked_for_is_kept(status: int) -> None:
    busy = FetchError(f"answered {status}", url="u", status=status, retry_after_s=7200, host="example.org")
    verdict = failed(error=busy)
    assert verdict.state.hold_until == verdict.state.next_at == NOW + 2 * HOUR
    assert verdict.state.health.failures == 1


def test_what_is_gone_is_told_after_a_day_and_asked_once_a_day() -> None:
    gone = FetchError("answered 410", url="u", status=410, transient=False)
    first = failed(error=gone)
    assert standing(first.state) == "gone"
    second = failed(first.state, gone, now=NOW + DAY)
    assert [alert.state for alert in second.alerts] == [SourceState.DOWN]
    assert second.state.next_at >= NOW + 2 * DAY
    other = failed(second.state, REFUSED, now=NOW + 2 * DAY)
    assert other.state.health.gone_since is None


def test_a_failure_keeps_what_the_next_poll_needs() -> None:
    before = replace(STATE, memory=FeedMemory(validators=Validators(etag='"1"'), window=b"x" * 20))
    assert failed(before, ParseError("is empty")).state.memory == before.memory


# --- silence and gaps -------------------------------------------------------------------------------------------------

HOURLY = replace(STATE, rhythm=Rhythm(new_times=30, new_at=NOW, usual_gap_s=3600))
DAILY = replace(STATE, rhythm=Rhythm(new_times=30, new_at=NOW, usual_gap_s=86_400))


@pytest.mark.parametrize(("before", "quiet"), [(HOURLY, DAY), (DAILY, 3 * DAY)])
def test_a_feed_that_is_silent_three_times_as_long_as_usual_is_told_once(before: FeedState, quiet: timedelta) -> None:
    """A night is no silence: less than a day never is."""
    assert answered(before, now=NOW + quiet).alerts == ()
    silent = answered(before, now=NOW + quiet + HOUR)
    assert [alert.state for alert in silent.alerts] == [SourceState.SILENT]
    assert [notice.state for notice in silent.notices] == [SourceState.SILENT]
    assert standing(silent.state) == "silent"
    assert answered(silent.state, now=NOW + quiet + 2 * HOUR).alerts == ()
    back = answered(silent.state, ParsedFeed(entries=()), Tally(added=1), now=NOW + 9 * DAY)
    assert [alert.state for alert in back.alerts] == [SourceState.BACK]
    assert [notice.state for notice in back.notices] == [SourceState.BACK]
    assert standing(back.state) == "ok"


def test_a_feed_without_a_rhythm_is_never_silent() -> None:
    assert answered(replace(STATE, rhythm=Rhythm(new_times=2, new_at=NOW)), now=NOW + 90 * DAY).notices == ()


@pytest.mark.parametrize(("usual_s", "words"), [(600, "10 minutes"), (10_800, "3 hours"), (259_200, "3 days")])
def test_the_usual_gap_is_told_in_a_unit_that_people_use(usual_s: int, words: str) -> None:
    before = replace(STATE, rhythm=Rhythm(new_times=30, new_at=NOW, usual_gap_s=usual_s))
    assert words in answered(before, now=NOW + 30 * DAY).alerts[0].reason


def test_entries_that_may_have_been_missed_are_noticed_and_counted() -> None:
    verdict = answered(polled=ParsedFeed(entries=()), tally=Tally(added=30, is_gap=True))
    assert [notice.state for notice in verdict.notices] == [SourceState.GAP]
    assert verdict.state.health.gaps == 1
    assert verdict.alerts == ()


@pytest.mark.parametrize("tally", [NOTHING_NEW, Tally(edited=1), Tally(renamed=1)])
def test_news_makes_the_rhythm_and_its_absence_does_not(tally: Tally) -> None:
    assert answered(polled=ParsedFeed(entries=()), tally=Tally(added=1)).state.rhythm.new_times == 1
    assert answered(polled=ParsedFeed(entries=()), tally=tally).state.rhythm == Rhythm()


def test_a_feed_that_only_edits_an_old_entry_is_silent() -> None:
    """A counter of comments goes up all day: that is no news, in no hour of the day either."""
    state, verdicts = HOURLY, []
    for hours in range(1, 9 * 24):
        verdicts.append(answered(state, ParsedFeed(entries=()), Tally(edited=1), now=NOW + hours * HOUR))
        state = verdicts[-1].state
    assert [alert for _, alert in told(verdicts)] == [SourceState.SILENT]
    assert state.rhythm == HOURLY.rhythm


# --- on time ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("late_by", "late"), [(10, 0), (80, 0), (100, 1)])
def test_a_poll_is_late_by_more_than_a_tenth_of_its_interval(late_by: int, late: int) -> None:
    state = answered(now=NOW + timedelta(seconds=late_by)).state
    assert (state.timed, state.late) == (1, late)


def test_a_poll_ahead_of_its_time_says_nothing_about_lateness() -> None:
    assert answered(now=NOW - timedelta(seconds=1)).state.timed == 0
    assert answered(replace(STATE, polled_at=None)).state.timed == 0


# --- what is kept -----------------------------------------------------------------------------------------------------


def test_hints_come_from_polls_that_read_the_feeds_own_words() -> None:
    before = replace(STATE, hints=Hints(ttl_s=60))
    new = Hints(ttl_s=120)
    assert answered(before, ParsedFeed(entries=(), rung=Rung.DELTA, hints=new)).state.hints == new
    assert answered(before, ParsedFeed(entries=(), rung=Rung.SAME_ENTRIES, hints=new)).state.hints == new
    same = ParsedFeed(entries=(), rung=Rung.SAME_ENTRIES, hints=Hints(ttl_s=60))
    assert answered(before, same).state.hints is before.hints
    assert answered(before).state.hints is before.hints


def test_what_a_partial_answer_does_not_list_is_still_there() -> None:
    before = replace(STATE, memory=FeedMemory(window=b"o" * 20))
    partial = ParsedFeed(entries=(), window=b"n" * 20, visit=Visit(is_partial=True))
    assert answered(before, partial).state.memory.window == b"n" * 20 + b"o" * 20
    assert answered(before, replace(partial, visit=Visit())).state.memory.window == b"n" * 20
    assert answered(before).state.memory.window == b"o" * 20


def test_what_partial_answers_list_again_and_again_is_remembered_once() -> None:
    window = b"".join(bytes([n]) * 20 for n in range(30))
    state = replace(STATE, memory=FeedMemory(window=window))
    for rung in (Rung.SAME_ENTRIES, Rung.DELTA, Rung.DELTA):
        again = ParsedFeed(entries=(), rung=rung, window=window[:400], visit=Visit(is_partial=True))
        state = answered(state, again).state
        assert state.memory.window == window


def test_what_partial_answers_list_is_remembered_up_to_a_limit() -> None:
    assert (WINDOW_RECORD_BYTES, MAX_WINDOW_BYTES) == (HASH_BYTES + GUID_BYTES, MAX_ENTRIES * WINDOW_RECORD_BYTES)
    old = b"".join(n.to_bytes(20) for n in range(MAX_ENTRIES))
    partial = ParsedFeed(entries=(), rung=Rung.DELTA, window=b"n" * 20, visit=Visit(is_partial=True))
    state = answered(replace(STATE, memory=FeedMemory(window=old)), partial).state
    assert state.memory.window == b"n" * 20 + old[:-20]


def test_what_a_first_poll_left_unread_is_learnt_with_it() -> None:
    """But not for ever: who lists new poison every time would never be alerted."""
    new = replace(STATE, polls=0, polled_at=None)
    incomplete = ParsedFeed(entries=(), is_incomplete=True)
    first = answered(new, incomplete, Tally(added=5)).state
    assert first.polls == 0
    assert answered(first, ParsedFeed(entries=()), Tally(added=5)).state.polls == 1
    assert answered(STATE, incomplete, Tally(added=5)).state.polls == STATE.polls + 1
    state = new
    for _ in range(FIRST_TIMES):
        assert state.polls == 0
        state = answered(state, incomplete, Tally(added=5)).state
    assert state.polls == 1


def test_a_wrong_delta_is_switched_off_and_written_down() -> None:
    verdict = answered(polled=ParsedFeed(entries=(), is_delta_wrong=True, window=b"n" * 20))
    assert not verdict.state.may_delta
    assert verdict.state.memory.window == b""
    assert [event.kind for event in verdict.events] == ["delta_off"]


def test_quarantine_changed_guids_and_malformed_markup_are_written_down() -> None:
    poison = Poison(span=b"p" * 12, raw="<item/>", reason="was stopped after 2 s")
    parsed = ParsedFeed(entries=(), poisons=(poison,), is_malformed=True, problems=("is not well-formed",))
    verdict = answered(polled=parsed, tally=Tally(renamed=4))
    assert [event.kind for event in verdict.events] == ["guids", "quarantined"]
    health = verdict.state.health
    assert (health.is_malformed, health.changed_guids, health.problems) == (True, 4, ("is not well-formed",))
    assert answered(verdict.state).state.health.is_malformed  # nothing was read that says otherwise


def test_how_long_an_answer_stays_fresh_is_kept() -> None:
    verdict = answered(polled=NotModified(validators=Validators(), visit=Visit(fresh_for_s=7200)))
    assert verdict.state.next_at == verdict.state.fresh_until == NOW + 2 * HOUR


def test_a_304_that_does_not_say_how_long_stays_fresh_as_long_as_what_it_stands_for() -> None:
    whole = ParsedFeed(entries=(), visit=Visit(fresh_for_s=7200), validators=Validators(etag='"2"'))
    before = answered(polled=whole).state
    bare = answered(before, now=NOW + 2 * HOUR).state
    assert bare.next_at == bare.fresh_until == NOW + 4 * HOUR
    assert bare.memory is before.memory  # nothing more to store
    said = NotModified(validators=Validators(etag='"2"'), visit=Visit(fresh_for_s=0.0))
    assert answered(before, said, now=NOW + 2 * HOUR).state.fresh_until is None
    same_body = replace(UNCHANGED, rung=Rung.SAME_BODY)  # a whole answer, which says all that it has to say
    assert answered(before, same_body, now=NOW + 2 * HOUR).state.fresh_until is None


# --- moves ------------------------------------------------------------------------------------------------------------


def redirected(to: str | None, before: FeedState, now: datetime) -> Verdict:
    return answered(before, NotModified(validators=Validators(), visit=Visit(moved_to=to)), now=now)


def test_a_permanent_redirect_is_believed_after_three_polls_over_a_day() -> None:
    state, there = STATE, "https://there.example/feed"
    for n, hours in enumerate((0, 12, 23, 25)):
        verdict = redirected(there, state, NOW + hours * HOUR)
        state = verdict.state
        assert state.memory.url == (there if n == 3 else None)
    assert [event.kind for event in verdict.events] == ["moved"]
    assert state.move is None


def test_two_redirects_over_a_week_are_not_enough() -> None:
    first = redirected("https://there.example/", STATE, NOW)
    assert redirected("https://there.example/", first.state, NOW + 7 * DAY).state.memory.url is None


@pytest.mark.parametrize("other", [None, "https://elsewhere.example/"])
def test_a_redirect_that_changes_or_ends_proves_nothing(other: str | None) -> None:
    state = STATE
    for n, to in enumerate(("https://there.example/", "https://there.example/", other, "https://there.example/")):
        state = redirected(to, state, NOW + n * DAY).state
    assert state.memory.url is None
    assert state.move == Move(to="https://there.example/", since=NOW + 3 * DAY, times=1)


def test_a_feed_that_fails_where_it_moved_to_is_polled_where_it_is_configured() -> None:
    moved = replace(STATE, memory=FeedMemory(url="https://there.example/", validators=Validators(etag='"1"')))
    state = moved
    for n in range(DOWN_AFTER):
        verdict = failed(state, now=NOW + n * HOUR)
        state = verdict.state
    assert state.memory == FeedMemory()
    assert "moved_back" in [event.kind for event in verdict.events]


@pytest.mark.parametrize(
    ("state", "word"),
    [
        (FeedState(name="wire", next_at=NOW), "new"),
        (STATE, "ok"),
        (replace(STATE, health=Health(is_silent=True)), "silent"),
        (replace(STATE, health=Health(failures=1, is_silent=True)), "failing"),
        (replace(STATE, health=Health(failures=5, is_down=True)), "down"),
        (replace(STATE, health=Health(failures=5, is_down=True, gone_since=NOW)), "gone"),
    ],
)
def test_how_a_feed_stands_is_one_word(state: FeedState, word: str) -> None:
    assert standing(state) == word
