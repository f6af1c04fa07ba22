"""Many feeds: what memory the poller comes to when it follows very many of them.

In:  the bed, how many feeds.
Out: peak and proportional memory of the polling process and of its children.
Not here: reading pages and judging, which this run has nothing for.
"""

from dataclasses import dataclass

from bench.bed import Bed
from bench.ours import COMMAND, configuration
from bench.processes import Child, ChildError, PeakSampler, peak_mib
from bench.side_by_side import OURS, Round, Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What following `feeds` feeds takes, in MiB."""

    feeds: int
    opened_mib: float  # peak RSS of the main process before its first poll
    main_mib: float  # and after two rounds
    children_mib: float  # most PSS that its child processes had together
    tree_mib: float  # most PSS of all processes together
    children: int
    first: Round
    unmodified: Round

    @property
    def sum_mib(self) -> float:
        """The main process's peak RSS and its children's PSS: counts no less than what is taken from the machine."""
        return self.main_mib + self.children_mib


def measure_many(bed: Bed, *, feeds: int) -> Memory:
    """Poll many small feeds for the first time, then once more for their 304s. Raises ChildError."""
    folder = bed.sub("many")
    config = configuration(folder, bed.urls("http", feeds))
    bed.server.ask("serve_small", timeout_s=30)
    with Child(OURS, COMMAND, log=folder / "log") as child:
        side = Side(OURS, child, lambda n: {"config": str(config), "state": str(folder / f"state-{n}")})
        side.open()
        opened_mib = peak_mib(child.pid)
        with PeakSampler(child.pid) as peak:
            first = side.round()
            bed.server.ask("tally", timeout_s=30)
            unmodified = side.round()
        heard = bed.server.ask("tally", timeout_s=30)
        if [first.added, heard.get("304")] != [feeds, feeds]:
            raise ChildError(f"{feeds} feeds were to answer 304: server {heard}, program {first} and {unmodified}")
        main_mib = peak_mib(child.pid)
    return Memory(
        feeds=feeds,
        opened_mib=opened_mib,
        main_mib=main_mib,
        children_mib=peak.children_pss_mib,
        tree_mib=peak.tree_pss_mib,
        children=peak.children,
        first=first,
        unmodified=unmodified,
    )
