"""Threads: a few that are used again, one piece of work after the other; none holds up the program's end.

In:  work, from any thread.
Out: it is begun at once, in a thread that does nothing else meanwhile.
Not here: how long anybody waits for it (bounded.py).

To start one for each message costs half as much as sending it: the first look-up of an address in a thread is dear, and
so is the first memory that it asks for.
"""

import os
import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Final

IDLE_S: Final = 10.0  # after which a thread that has nothing to do ends

Work = Callable[[], None]


class Threads:
    """Daemon threads of one name, as many as there is work at once."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._idle: list[SimpleQueue[Work]] = []  # of threads that wait, the last one first
        os.register_at_fork(after_in_child=self._idle.clear)  # a child has none of them

    def run(self, work: Work) -> None:
        """Begin work that raises nothing."""
        try:
            jobs = self._idle.pop()
        except IndexError:
            jobs = SimpleQueue()
            threading.Thread(target=self._work, args=(jobs,), name=self._name, daemon=True).start()
        jobs.put(work)

    def _work(self, jobs: SimpleQueue[Work]) -> None:
        while (work := self._next(jobs)) is not None:
            work()
            del work  # what it holds is not kept while the thread waits
            self._idle.append(jobs)

    def _next(self, jobs: SimpleQueue[Work]) -> Work | None:
        """Return the next work; None where none came, and none can come any more."""
        try:
            return jobs.get(timeout=IDLE_S)
        except Empty:
            try:
                self._idle.remove(jobs)
            except ValueError:  # somebody has taken this thread, and is about to give it work
                return jobs.get()
            return None
