"""What `monitor feed` shows: how feeds stand, all that is known of one, what one request for it came to.

In:  the configuration's feeds, what the store knows of them, trials.
Out: stdout: tables and lines for people, or one JSON object a line.
Not here: the commands (feed.py).
"""

import json
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from monitor.alerting.escape import clean, safe_link
from monitor.cli.options import Options
from monitor.cli.tables import print_table
from monitor.model.feed import Feed, FeedEntry, Hints, ParsedFeed
from monitor.model.feed_state import FeedState, standing
from monitor.sources.guard import public_form

if TYPE_CHECKING:  # what `list` and `show` need of it is its types, and its libraries cost a second
    from monitor.sources.discovery import Candidate, Discovery, Trial
    from monitor.store.feed_views import FeedDetail, FeedHealth

RAW_SHOWN = 200  # characters of an entry in quarantine; --json shows all that is kept
TITLES_SHOWN = 5
HOLD = "(asked for by its host; a day at most)"
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_ORIGINS = {
    "itself": "the address itself",
    "declared": "declared by the page",
    "linked": "linked from the page",
    "usual": "found in one of the usual places",
    "sitemap": "a news sitemap named in robots.txt",
}
_NAMED = ("declared", "linked")
_USER = re.compile(r"\A([^/?#]*//)[^/?#]*@")  # of an address whose host may be followed by "?" or "#" at once

Rows = list[tuple[str, str]]


def say(fact: dict[str, object]) -> None:
    """Print one JSON object."""
    print(json.dumps(fact, ensure_ascii=False), flush=True)


def show_list(options: Options, feeds: Sequence[Feed], health: "dict[str, FeedHealth]") -> None:
    """Show how every configured feed stands."""
    if options.json:
        for feed in feeds:
            say(_standing_json(feed, health.get(feed.name)))
        return
    headings = ("feed", "state", "last poll", "next poll", "on time", "what is wrong")
    print_table(options, headings, [_standing_row(feed, health.get(feed.name)) for feed in feeds])


def show_feed(options: Options, feed: Feed, detail: "FeedDetail | None") -> None:
    """Show everything known of one feed."""
    if options.json:
        say(_detail_json(feed, detail))
        return
    rows: Rows = [
        ("feed", clean(feed.name)),
        ("state", standing(detail.health.state) if detail else "new"),
        ("address" if feed.url else "folder", _place(feed)),
        ("outlet", clean(feed.outlet or "")),
        ("every", _span(feed.every.total_seconds())),
    ]
    rows += _detail_rows(detail) if detail else [("polled", "not yet")]
    _print_rows(options, rows)


def show_trial(options: Options, trial: "Trial") -> None:
    """Show what one request for a feed came to."""
    if options.json:
        say(trial_json(trial))
        return
    rows: Rows = [("asked for", shown_url(trial.url))]
    if trial.status is not None:
        rows.append(("answered", _answered(trial)))
    if trial.answer is not None and trial.answer.url != trial.url:
        rows.append(("redirected to", shown_url(trial.answer.url) + (" (for good)" if _moved_to(trial) else "")))
    if trial.feed is not None:
        rows += _feed_rows(trial.feed)
    _print_rows(options, rows)


def show_discovery(options: Options, asked: str, discovery: "Discovery") -> None:
    """Show what stands behind a page, beside the trial of the feed that was found."""
    if options.json:
        say(discovery_json(asked, discovery))
        return
    found = discovery.found
    rows: Rows = [("page", shown_url(asked)), ("its feed", f"{described(found)}" if found else "none was found")]
    _print_rows(options, rows + named_rows(discovery))


def named_rows(discovery: "Discovery") -> Rows:
    """Return what a page names beside what was found, and what was asked for in vain."""
    named = [("also named", f"{shown_url(each.url)}  {clean(each.title)}".rstrip()) for each in discovery.others]
    return named + [("no feed", clean(why)) for each, why in discovery.failed if each.origin in _NAMED]


def described(candidate: "Candidate") -> str:
    """Return a candidate with how it was come by."""
    return f"{shown_url(candidate.url)} ({_ORIGINS[candidate.origin]})"


def trial_json(trial: "Trial") -> dict[str, object]:
    """Return a trial as JSON has it."""
    answer, feed = trial.answer, trial.feed
    return {
        "type": "test",
        "ok": feed is not None,
        "error": str(trial.error) if trial.error else None,
        "url": without_user(trial.url),
        "final_url": answer.url if answer else None,
        "moved_to": _moved_to(trial),
        "status": trial.status,
        "content_type": answer.headers.get("Content-Type") if answer else None,
        "bytes": len(answer.body) if answer else None,
        "ms": trial.took_ms,
        **(_parsed_json(feed) if feed else {}),
    }


def discovery_json(asked: str, discovery: "Discovery") -> dict[str, object]:
    """Return a search as JSON has it."""
    found = discovery.found
    return {
        "type": "discovery",
        "url": without_user(asked),
        "found": found.url if found else None,
        "origin": str(found.origin) if found else None,
        "others": [{"url": each.url, "title": each.title} for each in discovery.others],
        "failed": [{"url": each.url, "error": why} for each, why in discovery.failed],
        "stopped": discovery.stopped,
    }


def found_json(feed: ParsedFeed) -> dict[str, object]:
    """Return what a feed that was found lists, in short."""
    newest = _newest(feed.entries)
    return {"title": feed.hints.title, "entries": feed.listed or len(feed.entries), "newest": _iso(newest)}


def found_words(feed: ParsedFeed) -> str:
    """Return what a feed that was found lists, in a sentence."""
    count = feed.listed or len(feed.entries)
    newest = _newest(feed.entries)
    said = f"{count} {'entry' if count == 1 else 'entries'}" + (f", the newest of {_time(newest)}" if newest else "")
    return f"“{clean(feed.hints.title)}”, {said}" if feed.hints.title else said


def in_vain(discovery: "Discovery") -> str:
    """Return why nothing was found, in a sentence or some."""
    if not discovery.is_page:
        return clean(str(discovery.trial.error))
    count = len(discovery.failed)
    places = f"{count} {'place' if count == 1 else 'places'}"
    said = f"{clean(str(discovery.trial.error))}; no feed was found behind it, in {places}"
    return said + (f" ({discovery.stopped})" if discovery.stopped else "")


def shown_url(url: str) -> str:
    """Return an address as it may be shown to who typed it or may need it: without user and password."""
    bare = without_user(url)
    return safe_link(bare) or clean(bare)


def without_user(url: str) -> str:
    """Return an address without its user and password."""
    return _USER.sub(r"\1", url)


def _standing_row(feed: Feed, known: "FeedHealth | None") -> tuple[str, ...]:
    state = known.state if known else None
    return (
        clean(feed.name),
        standing(state) if state else "new",
        _time(state.polled_at if state else None) or "never",
        _time(known.next_at if known else None) or "at once",
        _share(state),
        clean((state.health.error if state else None) or ""),
    )


def _standing_json(feed: Feed, known: "FeedHealth | None") -> dict[str, object]:
    state = known.state if known else None
    health = state.health if state else None
    return {
        "type": "feed",
        "name": feed.name,
        "url": public_form(feed.url) if feed.url else None,
        "folder": feed.folder,
        "outlet": feed.outlet,
        "state": standing(state) if state else "new",
        "polls": state.polls if state else 0,
        "failures": health.failures if health else 0,
        "error": health.error if health else None,
        "on_time": _on_time(state),
        "polled_at": _iso(state.polled_at if state else None),
        "next_at": _iso(known.next_at if known else None),
    }


def _detail_json(feed: Feed, detail: "FeedDetail | None") -> dict[str, object]:
    told = _standing_json(feed, detail.health if detail else None) | {
        "every_s": feed.every.total_seconds(),
        "languages": feed.languages,
        "first_poll": str(feed.first_poll),
        "allow_private": feed.allow_private,
    }
    if detail is None:
        return told
    state, health = detail.health.state, detail.health.state.health
    return told | {
        "polled_url": public_form(state.memory.url) if state.memory.url else told["url"],
        "moving_to": public_form(state.move.to) if state.move else None,
        "moving_since": _iso(state.move.since if state.move else None),
        "moving_times": state.move.times if state.move else 0,
        "next_why": state.next_why,
        "hold_until": _iso(state.hold_until),
        "host_hold_until": _iso(detail.health.host_held_until),
        "fresh_until": _iso(state.fresh_until),
        "burst_until": _iso(state.rhythm.burst_until),
        "etag": state.memory.validators.etag,
        "last_modified": state.memory.validators.last_modified,
        "rung": state.rung,
        "hints": _hints_json(state.hints),
        "usual_gap_s": state.rhythm.usual_gap_s,
        "new_at": _iso(state.rhythm.new_at),
        "entries": detail.entries,
        "newest": [{"first_seen": _iso(at), "title": title} for at, title in detail.newest],
        "failing_since": _iso(health.failing_since),
        "gone_since": _iso(health.gone_since),
        "gaps": health.gaps,
        "malformed": health.is_malformed,
        "changed_guids": health.changed_guids,
        "problems": health.problems,
        "quarantined": [{"at": _iso(each.at), "reason": each.reason, "raw": each.raw} for each in detail.quarantined],
        "events": [{"at": _iso(at), "kind": event.kind, "text": event.text} for at, event in detail.events],
    }


def _detail_rows(detail: "FeedDetail") -> Rows:
    state = detail.health.state
    return [
        *_place_rows(state),
        *_poll_rows(detail),
        *_content_rows(detail),
        *_trouble_rows(detail),
        *(("happened", f"{_time(at)}  {clean(event.text)}") for at, event in detail.events),
        *(("entry", f"{_time(at)}  {clean(title)}") for at, title in detail.newest),
    ]


def _place_rows(state: FeedState) -> Rows:
    rows: Rows = []
    if state.memory.url:
        rows.append(("polled at", f"{clean(public_form(state.memory.url))} (where its host moved it for good)"))
    if state.move:
        times = f"its host said so {state.move.times} times since {_time(state.move.since)}; not proved yet"
        rows.append(("may move to", f"{clean(public_form(state.move.to))} ({times})"))
    return rows


def _poll_rows(detail: "FeedDetail") -> Rows:
    state, known = detail.health.state, detail.health
    validators = state.memory.validators
    present = [
        name for name, value in (("ETag", validators.etag), ("Last-Modified", validators.last_modified)) if value
    ]
    return [
        ("last poll", (_time(state.polled_at) or "never") + (f" ({_words(state.rung)})" if state.rung else "")),
        ("next poll", _time(known.next_at) + (f" ({_why(state.next_why)})" if state.next_why else "")),
        ("polls", f"{state.polls} that worked; on time: {_share(state) or 'none counted yet'}"),
        ("pause until", f"{_time(state.hold_until)} {HOLD}" if state.hold_until else ""),
        ("host's pause until", f"{_time(known.host_held_until)} {HOLD}" if known.host_held_until else ""),
        ("fresh until", f"{_time(state.fresh_until)} (said by its host)" if state.fresh_until else ""),
        (
            "more often until",
            f"{_time(state.rhythm.burst_until)} (alerts came from it)" if state.rhythm.burst_until else "",
        ),
        ("validators", ", ".join(present) or "none: every poll brings the whole feed"),
        ("says of itself", _hints(state.hints)),
    ]


def _content_rows(detail: "FeedDetail") -> Rows:
    rhythm = detail.health.state.rhythm
    return [
        ("something new", f"last {_time(rhythm.new_at)}" if rhythm.new_at else ""),
        ("usually every", _span(rhythm.usual_gap_s) if rhythm.usual_gap_s else ""),
        ("entries", str(detail.entries)),
    ]


def _trouble_rows(detail: "FeedDetail") -> Rows:
    health = detail.health.state.health
    since = f" since {_time(health.failing_since)}" if health.failing_since else ""
    guids = health.changed_guids
    return [
        ("failures", f"{health.failures} in a row{since}" if health.failures else ""),
        ("gone", f"since {_time(health.gone_since)} (its host answers 410)" if health.gone_since else ""),
        ("error", clean(health.error or "")),
        ("gaps", f"{health.gaps} times entries may have been missed" if health.gaps else ""),
        ("malformed", "yes, and read all the same" if health.is_malformed else ""),
        ("guids", f"{guids} entries came under other guids than before" if guids else ""),
        *(("problem", clean(problem)) for problem in health.problems),
        *(
            ("quarantined", f"{_time(each.at)}  {clean(each.reason)}: {_shortened(each.raw)}")
            for each in detail.quarantined
        ),
    ]


def _feed_rows(feed: ParsedFeed) -> Rows:
    validators, fresh_s = feed.validators, feed.visit.fresh_for_s
    present = [
        f"{name} {clean(value)}"
        for name, value in (("ETag", validators.etag), ("Last-Modified", validators.last_modified))
        if value
    ]
    return [
        ("feed", found_words(feed)),
        ("validators", ", ".join(present) or "none: every poll will bring the whole feed"),
        ("freshness", f"not to be asked again for {_span(fresh_s)}" if fresh_s else ""),
        ("says of itself", _hints(feed.hints)),
        *(("problem", clean(problem)) for problem in feed.problems),
        *(("title", clean(each.title) or "(none)") for each in list(reversed(feed.entries))[:TITLES_SHOWN]),
    ]


def _parsed_json(feed: ParsedFeed) -> dict[str, object]:
    return found_json(feed) | {
        "etag": feed.validators.etag,
        "last_modified": feed.validators.last_modified,
        "fresh_for_s": feed.visit.fresh_for_s or 0.0,
        "hints": _hints_json(feed.hints),
        "malformed": feed.is_malformed,
        "problems": feed.problems,
        "titles": [each.title for each in list(reversed(feed.entries))[:TITLES_SHOWN]],
    }


def _hints_json(hints: Hints) -> dict[str, object]:
    return {
        "title": hints.title,
        "ttl_s": hints.ttl_s,
        "period_s": hints.period_s,
        "skip_hours": sorted(hints.skip_hours),
        "skip_days": sorted(hints.skip_days),
        "older_url": hints.older_url,
    }


def _hints(hints: Hints) -> str:
    said = [
        f"may be kept for {_span(hints.ttl_s)} (ttl)" if hints.ttl_s else "",
        f"changes every {_span(hints.period_s)}" if hints.period_s else "",
        f"sleeps at {', '.join(map(str, sorted(hints.skip_hours)))} h GMT" if hints.skip_hours else "",
        f"sleeps on {', '.join(_DAYS[day] for day in sorted(hints.skip_days))}" if hints.skip_days else "",
        "lists earlier entries elsewhere" if hints.older_url else "",
    ]
    return "; ".join(each for each in said if each)


def _answered(trial: "Trial") -> str:
    words = f"{trial.status} in {trial.took_ms} ms"
    if trial.answer is None:
        return words
    kind = clean(trial.answer.headers.get("Content-Type") or "no content type")
    return f"{words}, {len(trial.answer.body):,} bytes, {kind}"


def _moved_to(trial: "Trial") -> str | None:
    return trial.answer.permanent_url if trial.answer else None


def _place(feed: Feed) -> str:
    return clean(public_form(feed.url)) if feed.url else clean(feed.folder or "")


def _newest(entries: Iterable[FeedEntry]) -> datetime | None:
    return max((each.published for each in entries if each.published), default=None)


def _shortened(raw: str) -> str:
    shown = clean(raw[: RAW_SHOWN * 4])
    return shown if len(shown) <= RAW_SHOWN else shown[: RAW_SHOWN - 1] + "…"


def _why(reason: str) -> str:
    return "as its `every` says" if reason == "every" else clean(reason)


def _words(rung: str) -> str:
    return rung.replace("_", " ")


def _on_time(state: FeedState | None) -> float | None:
    if state is None or not state.timed:
        return None
    return round(1 - state.late / state.timed, 4)


def _share(state: FeedState | None) -> str:
    share = _on_time(state)
    return "" if share is None else f"{share:.1%}" if share < 1 else "100%"


def _span(seconds: float) -> str:
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= length and (seconds % length == 0 or seconds >= 2 * length):
            return f"{seconds / length:.1f}".removesuffix(".0") + f" {unit}"
    return f"{seconds:g} s"


def _time(moment: datetime | None) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if moment else ""


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _print_rows(options: Options, rows: Rows) -> None:
    """Print what is known, a line each; of lines with one name only the first carries it."""
    shown: list[tuple[str, ...]] = []
    last = ""
    for name, value in rows:
        if value:
            shown.append(("" if name == last else name, value))
            last = name
    print_table(options, (), shown)
