"""`monitor once`: one pass over what is due.

In:  the configuration, the state.
Out: decisions and alerts on stdout; exit 1 where a feed, a page file or a channel failed.
Not here: the steps (pipeline/).
"""

import asyncio

import click

from monitor.cli.exits import DONE, FAILED
from monitor.cli.options import Options, pass_options
from monitor.cli.report import Report
from monitor.cli.setup import set_up
from monitor.pipeline.passes import PassResult, one_pass
from monitor.wiring import open_desk


@click.command("once")
@click.option("--now", is_flag=True, help="Every poll, every retry and every group_wait counts as due.")
@click.option("--backfill", is_flag=True, help="Judge what a feed's first poll lists, instead of learning it.")
@pass_options
def command(options: Options, now: bool, backfill: bool) -> int:
    """Poll what is due, read, judge, deliver, and end."""
    set_up(options)
    result = asyncio.run(_once(options, everything=now, backfill=backfill))
    for problem in result.problems:
        click.echo(problem, err=True)
    return FAILED if result.problems else DONE


async def _once(options: Options, *, everything: bool, backfill: bool) -> PassResult:
    report = Report(options)
    async with open_desk(options.load(), judge_first_poll=backfill) as wiring:
        result = await one_pass(
            wiring.desk,
            everything=everything,
            on_assessed=report.assessed,
            on_notice=report.notice,
            on_told=report.told,
        )
    result.problems[:0] = wiring.problems
    report.end(result)
    return result
