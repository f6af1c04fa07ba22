"""`monitor replay`: files through the whole pipeline, as if feeds had listed them.

In:  paths of files and folders, a baseline.
Out: each decision, alert and digest on stdout; exit 1 where a file could not be read or another number of alerts was
     expected.
Not here: the steps (pipeline/).
"""

import asyncio
from collections.abc import Sequence
from typing import assert_never

import click

from monitor.cli.exits import DONE, FAILED
from monitor.cli.options import Options, pass_options
from monitor.cli.report import Report
from monitor.cli.setup import set_up
from monitor.model.delivery import Delivery
from monitor.model.judgement import Alert
from monitor.pipeline.assess import Assessed
from monitor.pipeline.passes import PassResult
from monitor.pipeline.replay import ReplayedClock, replay
from monitor.sources.folders import read_paths
from monitor.wiring import open_replay


@click.command("replay")
@click.argument("paths", nargs=-1, required=True, metavar="PATH…")
@click.option("--baseline", multiple=True, metavar="PATH", help="What is already known; may be given several times.")
@click.option("--watch", metavar="NAME", help="Judge for this watch only.")
@click.option("--expect-alerts", type=int, metavar="N", help="Exit 1 unless there are exactly N alerts.")
@pass_options
def command(
    options: Options, paths: Sequence[str], baseline: Sequence[str], watch: str | None, expect_alerts: int | None
) -> int:
    """Run files through the whole pipeline on a throw-away store; nothing is sent, nothing is kept."""
    set_up(options)
    result = asyncio.run(_replay(options, paths, baseline, watch))
    for problem in result.problems:
        click.echo(problem, err=True)
    if expect_alerts is not None and result.alerts != expect_alerts:
        click.echo(f"expected {expect_alerts} alerts, got {result.alerts}", err=True)
        return FAILED
    return FAILED if result.problems else DONE


async def _replay(options: Options, paths: Sequence[str], baseline: Sequence[str], watch: str | None) -> PassResult:
    clock, report, result = ReplayedClock(), Report(options), PassResult()
    config = options.load_or_demo()
    reading = read_paths(paths)
    result.problems += reading.problems
    async with open_replay(config, baseline=baseline, watch=watch, now=clock) as wiring:
        result.problems += wiring.problems
        async for each in replay(wiring.desk, [file.entry for file in reading.entries], clock):
            match each:
                case Alert():
                    result.alerts += 1
                    report.told(each)
                case Delivery():
                    report.sent(each)
                case Assessed():
                    result.count(each)
                    report.assessed(each)
                case _:
                    assert_never(each)
    report.end(result)
    return result
