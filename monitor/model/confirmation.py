"""Alerts that wait, or waited in vain, for a source that is independent of their own."""

from dataclasses import dataclass

from monitor.model.judgement import Alert
from monitor.model.story import Carrier
from monitor.model.watch import KnownText


@dataclass(frozen=True, slots=True, kw_only=True)
class Unvouched:
    """An article whose alert too few independent sources speak for."""

    text: KnownText
    carrier: Carrier
    alert: Alert
    is_near: bool  # of the story in hand
