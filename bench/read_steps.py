"""Steps: where the time after extraction goes, and what the worker does around trafilatura.

In:  the program's functions by their names, while it runs.
Out: CPU seconds of each step; milliseconds a page of the worker's parts.
Not here: running the program (read_ours.py).

A function of the program is replaced, wherever it is imported, by one that takes its thread's CPU time. A step within
another one counts for the outer; all steps of the store count apart from the transaction around them. A name that is
no longer there is told, so that no cost moves unseen to `everything else`.
"""

import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import wraps
from importlib import import_module
from inspect import isfunction
from typing import Any, Final

from monitor.analysis.match import Matcher
from monitor.sources.jobs import extract_page
from monitor.store.engine import Store

TRANSACTION: Final = "transactions: begin, commit, what no other line names"
REST: Final = "everything else: the loop, threads, the log"
# A function, or a module: then all of its functions that no earlier line names.
STEPS: Final[Mapping[str, Sequence[str]]] = {
    "language": ("text.language.detect",),
    "words, shingles, sketch, hash of the text": (
        "analysis.copies.fingerprint_of", "text.fingerprint", "text.tokens.words",
    ),
    "lines that are no part of it": ("analysis.asides", "store.lines"),
    "folding and the automaton": ("analysis.match.Matcher.match",),
    "looking up copies, and pages read before": (
        "store.entries.sharing", "store.entries.with_address", "store.entries.with_text_hash",
        "store.entries.read_before", "store.entries.pages_with_text",
    ),
    "verifying copies": ("analysis.copies",),
    "story: terms and placement": ("analysis.stories", "store.stories"),
    "sentences and novelty": (
        "analysis.judge", "analysis.known", "store.decisions.told", "store.decisions.untold",
    ),
    "quotes and the alert": ("analysis.salience", "analysis.claims", "alerting.compose", "store.outbox"),
    "store: claiming and reading articles": (
        "store.turns", "store.entries.claim_listed", "store.entries.article", "store.entries.articles",
    ),
    "store: writing articles": ("store.entries.put_article", "store.entries.put_prints"),
    "store: writing decisions, and other statements": ("store.decisions", "store.entries"),
}  # fmt: skip


class Steps:
    """Takes the time of the program's steps from now on, in this process."""

    def __init__(self) -> None:
        self._took_s: dict[str, float] = defaultdict(float)
        self._local = threading.local()
        self._began_s = 0.0
        self._watched: set[Callable[..., Any]] = set()
        self.missing = [name for step, names in STEPS.items() for name in names if not self._watch(step, name)]
        Store.write_now = self._timed(TRANSACTION, Store.write_now)  # type: ignore[method-assign]

    def begin(self) -> None:
        """Forget what was taken before."""
        self._took_s.clear()
        self._began_s = time.process_time()

    def took_s(self) -> dict[str, float]:
        """Return the CPU seconds of every step since `begin`, everything else last."""
        whole_s = time.process_time() - self._began_s
        steps = {step: self._took_s.get(step, 0.0) for step in (*STEPS, TRANSACTION)}
        return {**steps, REST: whole_s - sum(steps.values())}

    def _watch(self, step: str, name: str) -> bool:
        """Take the time of a function or a module's functions; return whether there is such a thing."""
        if name == "analysis.match.Matcher.match":
            Matcher.match = self._timed(step, Matcher.match)  # type: ignore[method-assign]
            return True
        found = [each for each in _functions(name) if each not in self._watched]
        for function in found:
            timed = self._timed(step, function)
            self._watched.add(timed)
            _replace(function, timed)
        return bool(found)

    def _timed(self, step: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def timed(*args: Any, **kwargs: Any) -> Any:
            outer = getattr(self._local, "step", None)
            if outer not in (None, TRANSACTION) or outer == step:
                return function(*args, **kwargs)
            self._turn(outer, step)
            try:
                return function(*args, **kwargs)
            finally:
                self._turn(step, outer)

        return timed

    def _turn(self, ended: str | None, begun: str | None) -> None:
        now = time.thread_time()
        if ended is not None:
            self._took_s[ended] += now - self._local.since
        self._local.step, self._local.since = begun, now


def _functions(name: str) -> list[Callable[..., Any]]:
    """Return the function of this name, or the public ones that the module of this name defines."""
    with suppress(ImportError):
        module = import_module(f"monitor.{name}")
        return [
            each
            for label, each in vars(module).items()
            if isfunction(each) and not label.startswith("_") and each.__module__ in (module.__name__, __name__)
        ]
    room, _, function = name.rpartition(".")
    with suppress(ImportError, AttributeError):
        return [getattr(import_module(f"monitor.{room}"), function)]
    return []


def _replace(found: object, timed: object) -> None:
    """Put one function in another's place in every module of the program that has it under its own name."""
    for name, module in list(sys.modules.items()):
        if name.startswith("monitor.") and module is not None:
            for attribute, value in list(vars(module).items()):
                if value is found:
                    setattr(module, attribute, timed)


def worker_parts(pages: Sequence[tuple[bytes, str]]) -> dict[str, Any]:
    """Return what a worker does with a page before, in and after trafilatura, in CPU ms, read in this process."""
    import trafilatura

    spent: dict[str, float] = dict.fromkeys(("before", "trafilatura", "after"), 0.0)
    extract, calls = trafilatura.bare_extraction, 0
    at = 0.0

    def turn(part: str) -> None:
        nonlocal at
        now = time.process_time()
        spent[part] += now - at
        at = now

    def timed(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        turn("before")
        try:
            return extract(*args, **kwargs)
        finally:
            turn("trafilatura")

    extract_page(*pages[0])  # loads what is loaded once
    trafilatura.bare_extraction = timed
    try:
        for html, url in pages:
            at = time.process_time()
            extract_page(html, url)
            turn("after")
    finally:
        trafilatura.bare_extraction = extract
    return {"calls": calls, "pages": len(pages), **{f"{part}_ms": s / len(pages) * 1e3 for part, s in spent.items()}}
