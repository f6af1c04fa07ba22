"""Near copies: how long it takes to look one up among very many articles, and what that takes on disk.

In:  a folder, how many articles, how many look-ups.
Out: milliseconds of each look-up, before and after a restart; bytes an article; what inserting takes.
Not here: the store and its articles (read_near_store.py).
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.processes import Child, ChildError

_COMMAND: Final = (sys.executable, "-c", "from bench.read_near_store import main; main()")
_BUILD_S: Final = 420.0
_WAIT_S: Final = 120.0
INSERTS: Final = 200
_COLD: Final = 60  # look-ups while the kernel still keeps little of the file


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """What look-ups among so many articles take."""

    articles: int
    hit_ms: Sequence[float]
    miss_ms: Sequence[float]
    cpu_ms: Sequence[float]  # of the same look-ups, whatever else the machine does
    cold_ms: Sequence[float]  # the first ones after the restart, both kinds
    first_ms: float  # from opening the store, nothing of which is in memory, to the first answer
    insert_ms: Sequence[float]
    bytes_each: float
    hashes_each: float
    file_mib: float
    build_s: float
    missed: int  # copies whose original was not found
    false: int  # look-ups of something new that found something

    @property
    def all_ms(self) -> list[float]:
        """All look-ups with the file in memory, sorted."""
        return sorted((*self.hit_ms, *self.miss_ms))

    def at(self, share: float) -> float:
        """Return the time that so large a share of the look-ups kept to."""
        return within(self.all_ms, share)


def within(took_ms: Sequence[float], share: float) -> float:
    """Return the time that so large a share of them, 0 to below 1, kept to."""
    return sorted(took_ms)[int(len(took_ms) * share)]


def measure_near(folder: Path, *, articles: int, times: int) -> Near:
    """Make a store, restart, look up. Raises ChildError."""
    folder.mkdir()
    state = folder / "state"
    with Child("near", _COMMAND, log=folder / "log") as child:
        built = child.ask("build", timeout_s=_BUILD_S, state=str(state), articles=articles)
    with Child("near", _COMMAND, log=folder / "log") as child:
        child.ask("population", timeout_s=_WAIT_S, articles=articles)
        first = child.ask("first", timeout_s=_WAIT_S, state=str(state), article=articles // 2)
        cold = child.ask("look_up", timeout_s=_WAIT_S, times=_COLD)
        _into_memory(state)
        warm = child.ask("look_up", timeout_s=_WAIT_S, times=times)
        inserted = child.ask("insert", timeout_s=_WAIT_S, times=INSERTS)
        child.ask("close", timeout_s=_WAIT_S)
    if warm["missed"] > times // 20:
        raise ChildError(f"of {times // 2} copies {warm['missed']} did not find their original: that is no look-up")
    return Near(
        articles=articles,
        hit_ms=warm["took_ms"]["hit"],
        miss_ms=warm["took_ms"]["miss"],
        cpu_ms=warm["took_ms"]["cpu"],
        cold_ms=cold["took_ms"]["hit"] + cold["took_ms"]["miss"],
        first_ms=first["ms"],
        insert_ms=inserted["took_ms"],
        bytes_each=built["bytes"] / articles,
        hashes_each=built["hashes"] / articles,
        file_mib=built["file_bytes"] / 2**20,
        build_s=built["took_s"],
        missed=warm["missed"],
        false=warm["false"],
    )


def _into_memory(state: Path) -> None:
    """Read the store's files once: a daemon that has run for a while has them in the kernel's memory."""
    for path in state.iterdir():
        with path.open("rb") as file:
            while file.read(1 << 24):
                pass
