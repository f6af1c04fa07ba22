"""Report: what `replay` and `once` print, as JSON lines or for people.

In:  assessed entries, notices, totals.
Out: stdout.
Not here: the face itself (face.py), the alert object (alerting/render.py).
"""

import json
import shutil
import sys
import time

from monitor.alerting.render import as_json
from monitor.cli.face import WIDTH, make_face
from monitor.cli.options import Options
from monitor.model.delivery import Delivery, Digest
from monitor.model.feed import Notice
from monitor.model.judgement import Alert, Decision, Outcome
from monitor.pipeline.assess import Assessed
from monitor.pipeline.passes import PassResult


class Report:
    """Prints as things happen."""

    def __init__(self, options: Options) -> None:
        is_terminal = sys.stdout.isatty()
        width = min(WIDTH, shutil.get_terminal_size((WIDTH, 24)).columns) if is_terminal else WIDTH
        self._is_json = options.json
        self._is_terminal = is_terminal
        self._started = time.monotonic()
        self._face = make_face(sys.stdout, color=is_terminal and not options.no_color, width=width)

    def assessed(self, assessed: Assessed) -> None:
        """Print an entry's decisions, each followed by its alert."""
        for decision in assessed.decisions:
            if self._is_json:
                _line(decision_json(assessed, decision))
                if decision.alert and decision.outcome is Outcome.ALERTED:
                    _line(as_json(decision.alert))
            else:
                self._face.arrival(assessed.entry, decision)
        for alert in assessed.released:
            self.told(alert)

    def told(self, alert: Alert) -> None:
        """Print an alert that waited and is told now."""
        if self._is_json:
            _line(as_json(alert))
        else:
            self._face.told(alert)

    def sent(self, delivery: Delivery) -> None:
        """Print what a channel is sent that is no single alert: a digest."""
        if self._is_json:
            _line(as_json(delivery.alert) | {"channel": delivery.channel})
        elif isinstance(delivery.alert, Digest):
            self._face.digest(delivery.alert, delivery.channel)

    def notice(self, notice: Notice) -> None:
        """Print that a source changed its health."""
        if self._is_json:
            _line({"type": "notice", "feed": notice.feed, "state": str(notice.state), "reason": notice.reason})
        else:
            self._face.notice(notice)

    def end(self, result: PassResult) -> None:
        """Print the totals; how long it took is told on a terminal only, so that output can be compared."""
        totals = (result.entries, result.alerts, len(result.stories), result.duplicates)
        if self._is_json:
            _line(dict(zip(("type", "entries", "alerts", "stories", "duplicates"), ("summary", *totals), strict=True)))
        else:
            self._face.summary(*totals, time.monotonic() - self._started if self._is_terminal else None)


def decision_json(assessed: Assessed, decision: Decision) -> dict[str, object]:
    """Return the decision object of CONTRACT.md."""
    return {
        "type": "decision",
        "entry": decision.entry,
        "title": assessed.entry.title,
        "url": assessed.entry.url,
        "outlet": assessed.entry.outlet,
        "watch": decision.watch,
        "outcome": str(decision.outcome),
        "reason": str(decision.reason),
        "story": decision.story,
        "duplicate_of": decision.duplicate.of if decision.duplicate else None,
        "novelty": decision.novelty,
        "threshold": decision.threshold,
        "note": decision.note,
    }


def _line(fact: dict[str, object]) -> None:
    print(json.dumps(fact, ensure_ascii=False), flush=True)
