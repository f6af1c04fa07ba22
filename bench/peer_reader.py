"""The peer: lemon24/reader, driven by its own documented functions; runs in an environment of its own.

In:  orders on stdin, one JSON object a line: open a database with these feeds, poll every feed, close.
Out: how many were polled, what was new, what failed, how long it took; one JSON object a line.
Not here: anything of this program; only reader, what it needs, and the standard library are imported.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import Any, Final

import reader
import requests.adapters

WORKERS: Final = 8


class _Program:
    """One open database after another."""

    def __init__(self) -> None:
        self._reader: Any = None

    def obey(self, op: str, order: dict[str, Any]) -> dict[str, Any]:
        match op:
            case "open":
                return self.open(order["database"], order["urls"])
            case "poll":
                return self.poll()
            case "close":
                self._reader = None
                return {}
            case _:
                return {"failed": f"unknown order {op!r}"}

    def open(self, database: str, urls: str) -> dict[str, Any]:
        """Open an empty database and subscribe; urls: a file with one a line."""
        if self._reader is not None:
            self._reader.close()
        self._reader = reader.make_reader(database)
        listed = Path(urls).read_text().split()
        for url in listed:
            self._reader.add_feed(url)
        return {"feeds": len(listed), "version": reader.__version__}

    def poll(self) -> dict[str, Any]:
        """Update every feed, due or not; `update_feeds` is this loop, without the counting."""
        polled = added = 0
        failed: list[str] = []
        began = time.monotonic()
        for result in self._reader.update_feeds_iter(workers=WORKERS, scheduled=False):
            polled += 1
            if isinstance(result.value, reader.ReaderError):
                failed.append(str(result.value))
            elif result.value is not None:
                added += result.value.new
        took_s = time.monotonic() - began
        return {"wall_s": took_s, "polled": polled, "added": added, "failures": len(failed), "errors": failed[:3]}


def main() -> None:
    """Obey until stdin ends; whatever else is printed goes to stderr."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--authority", type=Path)
    given = options.parse_args()
    if given.authority:
        # reader sends prepared requests, for which requests does not look at REQUESTS_CA_BUNDLE. Its usual bundle of
        # authorities, read anew for every connection at some 25 ms, is left out: in the field it pays more than here.
        requests.adapters.DEFAULT_CA_BUNDLE_PATH = str(given.authority)
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    program = _Program()
    for line in sys.stdin:
        order = json.loads(line)
        try:
            answer = program.obey(order["op"], order)
        except Exception as exc:  # noqa: BLE001 (told to whoever measures, who ends the run)
            answer = {"failed": f"{type(exc).__name__}: {exc}"}
        answers.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main()
