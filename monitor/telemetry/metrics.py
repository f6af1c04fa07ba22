"""Metrics: what was counted since the program started.

In:  counts of things that happened, by kind.
Out: the same for Prometheus, where the configuration asks for it.
Not here: what stands in the store (store/views.py), the log (log.py).

Counting is a dictionary's work; the client library is loaded only where somebody listens.
"""

from collections import Counter
from collections.abc import Iterator
from types import MappingProxyType
from typing import Any, Final

# name: (label, what is counted). docs/reference/metrics.md says the same; a test compares.
METRICS: Final = MappingProxyType(
    {
        "monitor_polls_total": ("rung", "Polls that worked, by the rung of the ladder they ended on."),
        "monitor_poll_failures_total": ("kind", "Polls that failed, by kind of failure."),
        "monitor_listed_entries_total": ("sighting", "Listed entries, by what they were: new, edited, renamed, known."),
        "monitor_delta_checks_total": ("result", "Delta parses that a full parse checked, by result."),
        "monitor_quarantined_total": ("what", "Entries put in quarantine."),
        "monitor_pages_total": ("outcome", "Pages of entries, by what came of them."),
        "monitor_lines_set_aside_total": ("why", "Lines of articles that were set aside, by why."),
        "monitor_source_notices_total": ("state", "Notices about sources, by state."),
    }
)
_counted: Counter[tuple[str, str]] = Counter()


def count(name: str, kind: str, by: int = 1) -> None:
    """Add to a metric's count of one kind."""
    if by:
        _counted[name, kind] += by


def counted(name: str) -> dict[str, int]:
    """Return a metric's counts by kind."""
    return {kind: number for (metric, kind), number in sorted(_counted.items()) if metric == name}


class _Collected:
    """The counts in the client library's form, made anew for each scrape."""

    def collect(self) -> Iterator[Any]:
        """Yield one family a metric."""
        from prometheus_client.core import CounterMetricFamily

        for name, (label, words) in METRICS.items():
            family = CounterMetricFamily(name.removesuffix("_total"), words, labels=[label])
            for kind, number in counted(name).items():
                family.add_metric([kind], number)
            yield family


def serve(host: str, port: int) -> Any:
    """Answer Prometheus at an address, on a thread of its own, until the program ends. Raises OSError."""
    from prometheus_client import CollectorRegistry, start_http_server

    registry = CollectorRegistry()
    registry.register(_Collected())
    return start_http_server(port, addr=host, registry=registry)
