"""Feed rows: a feed's state as columns, and back.

In:  a FeedState, or a row of the table.
Out: the other one.
Not here: statements (feeds.py, feed_views.py), the JSON of single columns (codec.py).
"""

from sqlalchemy import RowMapping

from monitor.model.feed import FeedMemory, Rung, Validators
from monitor.model.feed_state import FeedState, Health, Move, Rhythm, Told
from monitor.store.codec import dump, dump_hints, load_hints, load_problems


def load_state(row: RowMapping, quarantined: frozenset[bytes] = frozenset()) -> FeedState:
    """Return the state that a row of the table holds; what is in quarantine stands elsewhere."""
    validators = Validators(
        etag=row["etag"], last_modified=row["last_modified"], body_hash=row["body_hash"], url=row["validators_url"]
    )
    window = (row["window"] or b"") if row["may_delta"] else b""
    memory = FeedMemory(
        validators=validators, url=row["url"], window=window, quarantined=quarantined, fresh_for_s=row["fresh_for_s"]
    )
    rhythm = Rhythm(
        new_times=row["new_times"],
        new_at=row["new_at"],
        usual_gap_s=row["usual_gap_s"],
        posted=row["posted"],
        burst_until=row["burst_until"],
    )
    health = Health(
        failures=row["failures"],
        failing_since=row["failing_since"],
        gone_since=row["gone_since"],
        is_down=row["is_down"],
        is_silent=row["is_silent"],
        told=Told(row["told"]) if row["told"] else None,
        gaps=row["gaps"],
        is_malformed=row["is_malformed"],
        changed_guids=row["changed_guids"],
        error=row["error"],
        problems=load_problems(row["problems"]),
    )
    return FeedState(
        name=row["name"],
        polls=row["polls"],
        memory=memory,
        may_delta=row["may_delta"],
        hints=load_hints(row["hints"]),
        rhythm=rhythm,
        health=health,
        move=Move(to=row["move_to"], since=row["move_since"], times=row["move_times"]) if row["move_to"] else None,
        timed=row["timed"],
        late=row["late"],
        next_at=row["next_at"],
        next_why=row["next_why"],
        hold_until=row["hold_until"],
        fresh_until=row["fresh_until"],
        polled_at=row["polled_at"],
        rung=Rung(row["rung"]) if row["rung"] else None,
    )


def dump_state(state: FeedState) -> dict[str, object]:
    """Return a state's columns; `burst_until` belongs to `note_burst`, `location` and `host` to `sync`."""
    memory, rhythm, health, move = state.memory, state.rhythm, state.health, state.move
    validators = memory.validators
    return {
        "name": state.name,
        "url": memory.url,
        "etag": validators.etag,
        "last_modified": validators.last_modified,
        "validators_url": validators.url,
        "body_hash": validators.body_hash,
        "window": memory.window or None,
        "fresh_for_s": memory.fresh_for_s,
        "may_delta": state.may_delta,
        "hints": dump_hints(state.hints),
        "polls": state.polls,
        "new_times": rhythm.new_times,
        "new_at": rhythm.new_at,
        "usual_gap_s": rhythm.usual_gap_s,
        "posted": rhythm.posted,
        "failures": health.failures,
        "failing_since": health.failing_since,
        "gone_since": health.gone_since,
        "is_down": health.is_down,
        "is_silent": health.is_silent,
        "told": health.told,
        "gaps": health.gaps,
        "is_malformed": health.is_malformed,
        "changed_guids": health.changed_guids,
        "timed": state.timed,
        "late": state.late,
        "error": health.error,
        "problems": dump(health.problems) if health.problems else None,
        "move_to": move.to if move else None,
        "move_since": move.since if move else None,
        "move_times": move.times if move else 0,
        "polled_at": state.polled_at,
        "next_at": state.next_at,
        "next_why": state.next_why,
        "hold_until": state.hold_until,
        "fresh_until": state.fresh_until,
        "rung": state.rung,
    }
