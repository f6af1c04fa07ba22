"""What one source alone has said: alerts that wait, or waited in vain, for another one, and hearsay."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearsay:
    """An article that nobody was alerted to and nobody vouched for: of a first poll, or told as background."""

    text: KnownText
    carrier: Carrier
    is_near: bool  # of the story in hand
