"""Health: what one poll means for a feed's state, and what people hear of it.

In:  the feed, its state before, what the poll gave or how it failed, the time.
Out: its state after; events, notices and source alerts.
Not here: polling (poll.py), storing (books.py), when the next poll is (sources/cadence.py decides), routing of alerts.

A notice is given at once, an alert only when the trouble persists: a feed is *blind* when it has been down for an hour,
when its host says it is gone, or when it has been silent for three times its usual gap. Each is told once, and its end
once; what fails together is told together (outage.py).
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from monitor.errors import FetchError, SourceError
from monitor.model.feed import Feed, FeedMemory, Notice, NotModified, ParsedFeed, Polled, Rung, SourceState
from monitor.model.feed_state import FeedEvent, FeedState, Health, Move, Told
from monitor.model.ids import make_id
from monitor.model.judgement import SourceAlert
from monitor.sources.cadence import GONE_AFTER, LEAST_TIMES, after_news, next_turn
from monitor.sources.guard import public_form
from monitor.sources.limits import MAX_WINDOW_BYTES, WINDOW_RECORD_BYTES

DOWN_AFTER: Final = 3  # failures in a row: one lost poll is no news
BLIND_AFTER: Final = timedelta(hours=1)  # an outage shorter than this ends by itself more often than not
SILENT_GAPS: Final = 3  # usual gaps without anything new
LEAST_SILENCE: Final = timedelta(days=1)  # nights and Sundays are no silence
MOVE_TIMES: Final = 3  # polls in a row that were redirected to the same place for good ...
MOVE_AFTER: Final = timedelta(days=1)  # ... over at least this long, before the feed is polled there
FIRST_TIMES: Final = 3  # polls that brought something and may pass for a feed's first one, each left incomplete
LATE: Final = timedelta(seconds=30)  # a poll that begins later than this, or a tenth of the interval, is late
GONE: Final = 410


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A feed's state after a poll, and what is to be told of it."""

    state: FeedState
    events: tuple[FeedEvent, ...] = ()
    notices: tuple[Notice, ...] = ()
    alerts: tuple[SourceAlert, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What the entries of a poll were to the store."""

    added: int = 0
    edited: int = 0
    renamed: int = 0  # known before under another guid
    is_gap: bool = False  # none of them was known, and no older page led to one that was


def after_answer(
    feed: Feed, before: FeedState, polled: Polled, tally: Tally, *, began: datetime, now: datetime
) -> Verdict:
    """Return what a poll that worked means. `began`: when it was asked for."""
    talk = _Talk(feed, before, now)
    news = tally.added > 0  # an edit is none: a counter that is edited all day says nothing of when news comes
    rhythm = after_news(before.rhythm, now=now) if news else before.rhythm
    move, url = _moved(before, polled, talk)
    timed, late = _timed(before, began)
    fresh_s = _fresh_s(before.memory, polled)
    state = replace(
        before,
        polls=before.polls + (not _is_first_yet(before, polled)),
        memory=_memory(before.memory, polled, url),
        rhythm=rhythm,
        health=_recovered(before, polled, tally, talk, news=news),
        move=move,
        timed=timed,
        late=late,
        hold_until=None,
        fresh_until=now + timedelta(seconds=fresh_s) if fresh_s else None,
        polled_at=now,
        rung=polled.rung,
    )
    if isinstance(polled, ParsedFeed):
        if polled.hints != before.hints:
            state = replace(state, hints=polled.hints)
        if polled.is_delta_wrong:
            state = replace(state, may_delta=False, memory=replace(state.memory, window=b""))
            talk.note("delta_off", "a sampled full parse differed from the delta parse; it is parsed whole from now on")
        for poison in polled.poisons:
            talk.note("quarantined", f"an entry was put in quarantine: its parser {poison.reason}")
    state = _silence(state, talk)
    return talk.end(state)


def _is_first_yet(before: FeedState, polled: Polled) -> bool:
    """Whether what a first poll left unread still belongs to it: the next one brings that, and learns it, too.

    Not for ever: with new poison every time a feed would always be learnt from and never alerted.
    """
    is_incomplete = isinstance(polled, ParsedFeed) and polled.is_incomplete
    return is_incomplete and before.polls == 0 and before.rhythm.new_times < FIRST_TIMES - 1


def _fresh_s(before: FeedMemory, polled: Polled) -> float:
    """Return for how long an answer stays fresh; where a 304 does not say, as long as the one it stands for.

    Source: RFC 9111, 4.3.4: what a 304 does not carry stays as it was stored.
    """
    said = polled.visit.fresh_for_s
    if said is not None:
        return said
    return before.fresh_for_s if polled.rung is Rung.NOT_MODIFIED else 0.0


def after_failure(feed: Feed, before: FeedState, error: SourceError, *, began: datetime, now: datetime) -> Verdict:
    """Return what a failed poll means. `began`: when it was asked for."""
    talk = _Talk(feed, before, now)
    pause_s = error.retry_after_s if isinstance(error, FetchError) else None
    if pause_s is not None and isinstance(error, FetchError) and error.status is None:  # it was not even asked
        return talk.end(replace(before, polled_at=now, hold_until=now + timedelta(seconds=pause_s)))
    was = before.health
    failures = was.failures + 1
    since = was.failing_since or now
    timed, late = _timed(before, began)
    health = replace(
        was,
        failures=failures,
        failing_since=since,
        gone_since=(was.gone_since or now) if _is_gone(error) else None,
        is_down=failures >= DOWN_AFTER,
        error=str(error),
    )
    state = replace(
        before,
        health=health,
        timed=timed,
        late=late,
        polled_at=now,
        hold_until=None if pause_s is None else now + timedelta(seconds=pause_s),
    )
    if health.is_down and not was.is_down:
        talk.note("down", str(error))
        talk.notice(SourceState.DOWN, str(error))
        if state.memory.url is not None:
            talk.note("moved_back", f"polled where it is configured again; {public_form(state.memory.url)} failed")
            state = replace(state, memory=FeedMemory(quarantined=before.memory.quarantined), move=None)
    is_gone = health.gone_since is not None and now - health.gone_since >= GONE_AFTER
    if was.told in (None, Told.SILENT) and (is_gone or (health.is_down and now - since >= BLIND_AFTER)):
        talk.alert(SourceState.DOWN, str(error), since=since)
        state = replace(state, health=replace(health, told=Told.DOWN))
    return talk.end(state)


def _is_gone(error: SourceError) -> bool:
    return isinstance(error, FetchError) and error.status == GONE


class _Talk:
    """Collects what is to be told of one poll."""

    __slots__ = ("_alerts", "_before", "_events", "_feed", "_notices", "now")

    def __init__(self, feed: Feed, before: FeedState, now: datetime) -> None:
        self.now = now
        self._feed = feed
        self._before = before
        self._events: list[FeedEvent] = []
        self._notices: list[Notice] = []
        self._alerts: list[SourceAlert] = []

    def note(self, kind: str, text: str) -> None:
        self._events.append(FeedEvent(kind=kind, text=text))

    def notice(self, state: SourceState, reason: str) -> None:
        self._notices.append(Notice(feed=self._feed.name, state=state, reason=reason))

    def alert(self, state: SourceState, reason: str, *, since: datetime) -> None:
        self._alerts.append(
            SourceAlert(
                id=make_id("source", self._feed.name, state, since.isoformat()),  # twice equals once
                feed=self._feed.name,
                state=state,
                reason=reason,
                since=since,
                url=public_form(self._feed.url) if self._feed.url else None,
                created=self.now,
            )
        )

    def end(self, state: FeedState) -> Verdict:
        turn = next_turn(self._feed, state, now=self.now)
        return Verdict(
            state=replace(state, next_at=turn.at, next_why=turn.why),
            events=tuple(self._events),
            notices=tuple(self._notices),
            alerts=tuple(self._alerts),
        )


def _timed(before: FeedState, began: datetime) -> tuple[int, int]:
    """Return how many polls had their time set, and how many of those were late, this one included."""
    if before.polled_at is None or began < before.next_at:  # never polled, or asked for ahead of its time
        return before.timed, before.late
    patience = max(LATE, (before.next_at - before.polled_at) / 10)
    return before.timed + 1, before.late + (began - before.next_at > patience)


def _recovered(before: FeedState, polled: Polled, tally: Tally, talk: _Talk, *, news: bool) -> Health:
    was = before.health
    if isinstance(polled, NotModified) and not (was.failures or was.is_silent or was.told):
        return was
    if was.is_down:
        talk.note("back", "answers again")
        talk.notice(SourceState.BACK, "answers again")
    ended = was.told is not None and (was.told is not Told.SILENT or news)
    if ended and was.told in (Told.DOWN, Told.SILENT):  # that several are back is told of all together (outage.py)
        since = was.failing_since or before.rhythm.new_at or talk.now
        reason = "answers again" if was.told is Told.DOWN else "brings something new again"
        talk.alert(SourceState.BACK, reason, since=since)
    if was.is_silent and news:
        talk.note("back", "brings something new again")
        talk.notice(SourceState.BACK, "brings something new again")
    if tally.is_gap:
        lost = "none of the entries listed was known: some may have come and gone between two polls"
        talk.note("gap", lost)
        talk.notice(SourceState.GAP, lost)
    if tally.renamed:
        talk.note("guids", f"{tally.renamed} known under other guids; its guids cannot be relied on")
    parsed = polled if isinstance(polled, ParsedFeed) else None
    health = Health(
        is_silent=was.is_silent and not news,
        told=None if ended else was.told,
        gaps=was.gaps + tally.is_gap,
        is_malformed=parsed.is_malformed if parsed and parsed.rung is not Rung.SAME_ENTRIES else was.is_malformed,
        changed_guids=was.changed_guids + tally.renamed,
        problems=parsed.problems if parsed else was.problems,
    )
    return was if health == was else health  # most polls change nothing, which is cheaper to store


def _silence(state: FeedState, talk: _Talk) -> FeedState:
    """Return the state with its silence noted, once it is longer than three usual gaps and than a day."""
    rhythm, health = state.rhythm, state.health
    if health.is_silent or rhythm.new_times < LEAST_TIMES or rhythm.usual_gap_s is None or rhythm.new_at is None:
        return state
    usual = timedelta(seconds=rhythm.usual_gap_s)
    if talk.now - rhythm.new_at <= max(SILENT_GAPS * usual, LEAST_SILENCE):
        return state
    habit = f"usually something new every {_about(usual)}"
    reason = f"nothing new since {rhythm.new_at:%Y-%m-%d %H:%M} UTC; {habit}"
    talk.note("silent", reason)
    talk.notice(SourceState.SILENT, reason)
    talk.alert(SourceState.SILENT, habit, since=rhythm.new_at)
    return replace(state, health=replace(health, is_silent=True, told=Told.SILENT))


def _about(gap: timedelta) -> str:
    minutes = gap.total_seconds() / 60
    if minutes < 90:
        return f"{minutes:.0f} minutes"
    return f"{minutes / 60:.0f} hours" if minutes < 48 * 60 else f"{minutes / 1440:.0f} days"


def _memory(before: FeedMemory, polled: Polled, url: str | None) -> FeedMemory:
    if isinstance(polled, NotModified) and polled.validators == before.validators and url == before.url:
        return before
    window, fresh_s = before.window, before.fresh_for_s
    if isinstance(polled, ParsedFeed):
        window, fresh_s = _window(before.window, polled), polled.visit.fresh_for_s or 0.0
    memory = FeedMemory(
        validators=polled.validators, url=url, window=window, quarantined=before.quarantined, fresh_for_s=fresh_s
    )
    return before if memory == before else memory


def _window(before: bytes, polled: ParsedFeed) -> bytes:
    if not polled.visit.is_partial:
        return polled.window
    if not (before and polled.window):
        return b""
    if polled.rung is Rung.SAME_ENTRIES:
        return before
    both = polled.window + before  # what a 226 does not list is still there
    records = (both[at : at + WINDOW_RECORD_BYTES] for at in range(0, len(both), WINDOW_RECORD_BYTES))
    return b"".join(dict.fromkeys(records))[:MAX_WINDOW_BYTES]


def _moved(before: FeedState, polled: Polled, talk: _Talk) -> tuple[Move | None, str | None]:
    """Return the permanent redirect that is being proved, and where the feed is polled from now on."""
    url, target = before.memory.url, polled.visit.moved_to
    if target is None:
        return None, url
    move = before.move if before.move is not None and before.move.to == target else None
    move = Move(to=target, since=move.since if move else talk.now, times=(move.times if move else 0) + 1)
    if move.times < MOVE_TIMES or talk.now - move.since < MOVE_AFTER:
        return move, url
    talk.note("moved", f"polled at {public_form(target)} from now on: its host said so {move.times} times over a day")
    return None, target
