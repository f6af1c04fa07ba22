"""Errors that have a name: one small tree, shared by all rooms.

In:  what went wrong, as fields.
Out: exceptions whose text tells a person what to do.
Not here: expected outcomes (those are values), exit codes (cli/).
"""


class MonitorError(Exception):
    """The root: every failure the program foresees."""


class UsageError(MonitorError):
    """The command line asked for something that cannot be."""


class ConfigError(MonitorError):
    """The configuration cannot be used. `problems` holds every fault, each as one line."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class QueryError(MonitorError):
    """A query cannot be parsed. `column` is 1-based, in characters of the query."""

    def __init__(self, message: str, *, query: str, column: int) -> None:
        super().__init__(f"column {column}: {message}")
        self.message = message
        self.query = query
        self.column = column


class StateInUseError(MonitorError):
    """Another process holds the state folder."""


class LeaseLostError(MonitorError):
    """Work that ended belongs to somebody else by now: it took too long, or nobody wants it any more."""


class SourceError(MonitorError):
    """Something outside could not be had or read."""


class FetchError(SourceError):
    """A page or feed could not be had. `transient` says whether asking again can help."""

    def __init__(
        self,
        reason: str,
        *,
        url: str,
        status: int | None = None,
        transient: bool = True,
        retry_after_s: float | None = None,
        host: str = "",
    ) -> None:
        super().__init__(f"{url}: {reason}")
        self.reason = reason
        self.url = url
        self.status = status
        self.transient = transient
        self.retry_after_s = retry_after_s
        self.host = host  # that answered, as text.urls.host_key has it; "" where none did

    def asked_pause_s(self) -> float:
        """Return for how long the host asked to be left alone in its answer; 0.0 if it did not, or was not asked."""
        return (self.retry_after_s or 0.0) if self.host and self.status is not None else 0.0


class BlockedAddressError(FetchError):
    """The address guard refused a connection; asking again cannot help."""

    def __init__(self, reason: str, *, url: str) -> None:
        super().__init__(reason, url=url, transient=False)


class RobotsError(FetchError):
    """A host's robots.txt asks programs not to read the page."""

    def __init__(self, reason: str, *, url: str) -> None:
        super().__init__(reason, url=url, transient=False)


class ParseError(SourceError):
    """Bytes that were had could not be read as what they should be."""


class WorkerError(SourceError):
    """A worker process was killed, ran over its budget or failed its canary."""


class NoWorkerError(WorkerError):
    """There was no worker to do it, whatever it was: none could be started, or proved that it can read."""
