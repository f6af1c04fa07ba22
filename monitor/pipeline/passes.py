"""Passes: all steps once over what is due.

In:  a desk.
Out: what was decided, what failed, what was sent.
Not here: when to run (service/ and cli/).
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from monitor.model.delivery import DeliveryState
from monitor.model.feed import Notice
from monitor.model.judgement import Alert, Outcome
from monitor.pipeline.assess import Assessed, assess_waiting
from monitor.pipeline.desk import Desk
from monitor.pipeline.dispatch import dispatch_due
from monitor.pipeline.lapse import lapse
from monitor.pipeline.poll import errors_of, poll_due
from monitor.pipeline.read import read_waiting


@dataclass(slots=True)
class PassResult:
    """What one pass came to."""

    entries: int = 0
    alerts: int = 0
    duplicates: int = 0
    stories: set[str] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)  # what failed, as sentences

    def count(self, assessed: Assessed) -> None:
        """Count one entry and its decisions."""
        self.entries += 1
        self.problems += [assessed.problem] if assessed.problem else []
        self.alerts += sum(decision.outcome is Outcome.ALERTED for decision in assessed.decisions)
        self.alerts += len(assessed.released)
        self.duplicates += any(decision.outcome == "duplicate" for decision in assessed.decisions)
        self.stories |= {decision.story for decision in assessed.decisions if decision.story}


async def one_pass(
    desk: Desk,
    *,
    everything: bool,
    on_assessed: Callable[[Assessed], None],
    on_notice: Callable[[Notice], None],
    on_told: Callable[[Alert], None],
) -> PassResult:
    """Poll, read, judge and deliver what is due; with `everything`, every poll and every retry is.

    Work that an earlier process left half done is taken up where it stood.
    """
    result = PassResult()
    polled = await poll_due(desk, everything=everything)
    result.problems += errors_of(polled)
    for each in polled:
        for notice in each.notices:
            on_notice(notice)
    await read_waiting(desk)
    async for assessed in assess_waiting(desk):
        result.count(assessed)
        on_assessed(assessed)
    for alert in await lapse(desk):  # after the judging: whoever confirms an alert in this pass is in time
        result.alerts += 1
        on_told(alert)
    for sent in await dispatch_due(desk, everything=everything):
        if sent.state is not DeliveryState.SENT:
            result.problems.append(f"channel {sent.delivery.channel}: {sent.error}")
    return result
