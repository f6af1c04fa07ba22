"""The bed: the feed server in a process of its own, its certificates, and a folder for whatever a measurement needs.

In:  a temporary folder, for how many hosts TLS is wanted.
Out: a running server, its ports, the URLs of its feeds.
Not here: what it serves (feed_server.py), who asks it (side_by_side.py, poll.py).
"""

import sys
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from bench.certificates import Certificates, make_certificates
from bench.feed_server import address_of
from bench.processes import Child


@dataclass(frozen=True, slots=True, kw_only=True)
class Bed:
    """What all measurements of a run share."""

    folder: Path
    server: Child
    ports: dict[str, int]  # by scheme
    certificates: Certificates | None

    def sub(self, name: str) -> Path:
        """Return a new folder in the run's own."""
        made = self.folder / name
        made.mkdir()
        return made

    def urls(self, scheme: str, feeds: int) -> list[str]:
        """Return the address of each feed, every one on a host of its own."""
        return [f"{scheme}://{address_of(feed)}:{self.ports[scheme]}/feed.xml" for feed in range(feeds)]


def open_bed(folder: Path, stack: ExitStack, *, tls_hosts: int) -> Bed:
    """Start the server; with tls_hosts, for TLS too where this machine can make certificates. Raises ChildError."""
    addresses = [address_of(feed) for feed in range(tls_hosts)]
    certificates = make_certificates(folder, addresses) if addresses else None
    command = [sys.executable, "-m", "bench.feed_server"]
    if certificates:
        command += ["--chain", str(certificates.chain), "--key", str(certificates.key)]
    server = stack.enter_context(Child("server", command, log=folder / "server.log"))
    ports = server.ask("ports", timeout_s=30)["ports"]
    return Bed(folder=folder, server=server, ports=ports, certificates=certificates)
