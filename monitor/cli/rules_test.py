"""`monitor rules test`: unit tests of the configured watches.

In:  the configuration, a file of tests.
Out: one line a test; exit 1 where one fails, 3 where the file of tests cannot be used.
Not here: the file's form (config/watch_tests.py), matching (analysis/match.py).
"""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.alerting.escape import clean
from monitor.analysis.match import Matcher, MatchText, why_aside
from monitor.analysis.query import parse
from monitor.cli.exits import DONE, FAILED, FOUND_ERRORS
from monitor.cli.options import Options, pass_options
from monitor.cli.setup import set_up
from monitor.errors import ConfigError
from monitor.model.watch import Matches

if TYPE_CHECKING:
    from monitor.config.watch_tests import WatchTest


@click.command("test")
@click.argument("file")
@pass_options
def test(options: Options, file: str) -> int:
    """Hold the configured watches against the texts of FILE, and tell which do not do as it expects."""
    from monitor.config.watch_tests import load_watch_tests

    set_up(options)
    config = options.load()
    try:
        tests = load_watch_tests(Path(file), [watch.name for watch in config.watches], environ=os.environ)
    except ConfigError as error:
        for problem in error.problems:
            click.echo(problem, err=True)
        return FOUND_ERRORS
    matcher = Matcher({watch.name: parse(watch.query, terms=config.terms) for watch in config.watches})
    failed = sum(not _run(each, matcher, as_json=options.json) for each in tests)
    if options.json:
        click.echo(json.dumps({"type": "summary", "tests": len(tests), "failed": failed}))
    else:
        click.echo(f"{len(tests)} tests, {failed} failed" if failed else f"{len(tests)} tests, all ok")
    return FAILED if failed else DONE


def _run(test: "WatchTest", matcher: Matcher, *, as_json: bool) -> bool:
    """Show how one test ends; return whether it is as expected."""
    text = MatchText(
        text=f"{test.title}\n\n{test.text}", title_end=len(test.title), outlet=test.outlet, language=test.language
    )
    found = matcher.match(text, lambda _: test.closeness)
    mentions = [each.text for each in found.met.get(test.watch, ())]
    fault = _fault(test, found, mentions)
    if as_json:
        told = {"type": "test", "name": test.name, "watch": test.watch, "ok": fault is None, "why": fault}
        told |= {"matched": test.watch in found.met, "mentions": mentions}
        click.echo(json.dumps(told, ensure_ascii=False))
    else:
        click.echo(f"ok      {clean(test.name)}" if fault is None else f"FAILED  {clean(test.name)}: {clean(fault)}")
        if fault is not None:
            click.echo(f"        {clean(test.place)}")
    return fault is None


def _fault(test: "WatchTest", found: Matches, mentions: list[str]) -> str | None:
    """Return what is otherwise than expected, as a sentence."""
    is_met = test.watch in found.met
    if is_met and not test.is_match:
        return f"matches by {_listed(mentions)}" if mentions else "matches, by no word"
    if not is_met and test.is_match:
        asides = {name: asides for name, asides in found.aside.items() if name == test.watch}
        return f"no match; {why_aside(Matches(met={}, aside=asides)) or 'the words it asks for are not there'}"
    if is_met and test.mentions is not None and list(test.mentions) != mentions:
        return f"mentions {_listed(mentions)} instead of {_listed(list(test.mentions))}"
    return None


def _listed(words: list[str]) -> str:
    return ", ".join(f"“{word}”" for word in words) or "nothing"
