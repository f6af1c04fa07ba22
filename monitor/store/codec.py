"""Facts as JSON text and back, for columns that are read whole.

In:  frozen facts of model/judgement.py, and of what feeds say of themselves.
Out: canonical JSON (sorted keys), and the same facts again.
Not here: the JSON of the outside (alerting/render.py).
"""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, assert_never

from monitor.model.delivery import AnyAlert, ChannelAlert, Digest, DigestItem, Wait
from monitor.model.feed import Hints, SourceState
from monitor.model.judgement import (
    Alert,
    Bullet,
    Change,
    Claim,
    Confirmation,
    Known,
    KnownQuote,
    Quote,
    Relation,
    Severity,
    SourceAlert,
    Written,
)

SOURCE: Final = "source"  # the kind of a source's alert; a story's has none
CHANNEL: Final = "channel"
DIGEST: Final = "digest"
_NO_HINTS: Final = Hints()


def dump(fact: object) -> str:
    """Return a fact, or a plain value, as JSON."""
    plain = asdict(fact) if hasattr(fact, "__dataclass_fields__") else fact  # type: ignore[call-overload]
    return json.dumps(plain, ensure_ascii=False, sort_keys=True, default=_plain)


def load_known(text: str | None) -> Known | None:
    """Return the Known that `dump` wrote."""
    return None if text is None else _known(json.loads(text))


def load_changes(text: str) -> tuple[Change, ...]:
    """Return the changes that `dump` wrote."""
    return tuple(map(_change, json.loads(text)))


def load_strings(text: str) -> list[str]:
    """Return the list of strings that `dump` wrote."""
    return [str(each) for each in json.loads(text)]


def load_numbers(text: str | None) -> tuple[int, ...]:
    """Return the whole numbers that `dump` wrote; none for None."""
    return tuple(int(each) for each in json.loads(text)) if text else ()


def load_weights(text: str) -> dict[str, float]:
    """Return the word weights that `dump` wrote."""
    return {str(word): float(weight) for word, weight in json.loads(text).items()}


def dump_alert(alert: AnyAlert) -> str:
    """Return an alert as JSON that says which kind it is."""
    match alert:
        case Alert():
            return dump(alert)
        case SourceAlert():
            return dump(asdict(alert) | {"kind": SOURCE})
        case ChannelAlert():
            return dump(asdict(alert) | {"kind": CHANNEL})
        case Digest():
            return dump(asdict(alert) | {"kind": DIGEST})
        case _:
            assert_never(alert)


def load_alert(text: str) -> AnyAlert:
    """Return the alert that `dump_alert` wrote."""
    raw = json.loads(text)
    kind = raw.pop("kind", None)
    if kind == SOURCE:
        return load_source_alert(text)
    if kind == CHANNEL:
        return ChannelAlert(**{**raw, "created": _time(raw["created"])})
    return _digest(raw) if kind == DIGEST else _alert(raw)


def load_source_alert(text: str) -> SourceAlert:
    """Return the SourceAlert that `dump_alert` wrote."""
    raw = json.loads(text)
    del raw["kind"]
    times = {key: _time(raw[key]) for key in ("since", "created")}
    named = tuple(raw.get("named", ()))
    return SourceAlert(**{**raw, **times, "state": SourceState(raw["state"]), "named": named})


@lru_cache(maxsize=1024)
def dump_hints(hints: Hints) -> str | None:
    """Return what a feed says of itself as JSON, or None where that is nothing."""
    if hints == _NO_HINTS:
        return None
    plain = asdict(hints) | {"skip_hours": sorted(hints.skip_hours), "skip_days": sorted(hints.skip_days)}
    return dump(plain)


@lru_cache(maxsize=1024)
def load_hints(text: str | None) -> Hints:
    """Return the hints that `dump_hints` wrote."""
    if text is None:
        return _NO_HINTS
    raw = json.loads(text)
    sets = {"skip_hours": frozenset(raw["skip_hours"]), "skip_days": frozenset(raw["skip_days"])}
    return Hints(**{**raw, **sets})


@lru_cache(maxsize=1024)
def load_problems(text: str | None) -> tuple[str, ...]:
    """Return the problems that `dump` wrote, which are the same at every poll."""
    return tuple(load_strings(text)) if text else ()


def _alert(raw: Mapping[str, Any]) -> Alert:
    return Alert(
        **{
            **raw,
            "new": tuple(Quote(**{**quote, "date": _time(quote["date"])}) for quote in raw["new"]),
            "known": tuple(
                KnownQuote(text=quote["text"], evidence=_known(quote["evidence"])) for quote in raw["known"]
            ),
            "changed": tuple(map(_change, raw["changed"])),
            "outlets": tuple(raw["outlets"]),
            "matched": tuple(raw["matched"]),
            "disguised": tuple(raw.get("disguised", ())),
            "confirms": tuple(raw.get("confirms", ())),
            "severity": Severity(raw.get("severity", Severity.NORMAL)),
            "written": _written(raw.get("written")),
            "confirmation": Confirmation(raw["confirmation"]) if raw.get("confirmation") else None,
            "claims": tuple(
                Claim(**{**each, "relation": Relation(each["relation"])}) for each in raw.get("claims", ())
            ),
            "created": _time(raw["created"]),
        }
    )


def _digest(raw: Mapping[str, Any]) -> Digest:
    times = {key: _time(raw[key]) for key in ("since", "created")}
    return Digest(**{**raw, **times, "why": Wait(raw["why"]), "items": tuple(map(_item, raw["items"]))})


def _item(raw: Mapping[str, Any]) -> DigestItem:
    lists = {key: tuple(raw[key]) for key in ("new", "changed", "outlets")}
    why = Wait(raw["why"]) if raw["why"] else None
    return DigestItem(
        **{**raw, **lists, "severity": Severity(raw["severity"]), "why": why, "created": _time(raw["created"])}
    )


def _written(raw: Mapping[str, Any] | None) -> Written | None:
    if raw is None:
        return None
    bullets = (Bullet(text=each["text"], cites=tuple(each["cites"])) for each in raw["bullets"])
    return Written(model=raw["model"], bullets=tuple(bullets))


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if hasattr(value, "__dataclass_fields__"):
        return asdict(value)  # type: ignore[call-overload]
    raise TypeError(f"no JSON for {type(value).__name__}")


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _known(raw: Mapping[str, Any]) -> Known:
    return Known(**{**raw, "date": _time(raw["date"]) if raw["date"] else None})


def _change(raw: Mapping[str, Any]) -> Change:
    relation = Relation(raw.get("relation", Relation.UPDATES))
    return Change(**{**raw, "before": _known(raw["before"]), "relation": relation})
