"""`monitor run`: the daemon, in the foreground.

In:  the configuration, SIGTERM or SIGINT to end.
Out: the log on stderr; READY, WATCHDOG and STOPPING to the service manager.
Not here: the work (service/, pipeline/).
"""

import asyncio
import os
import signal

import click
import structlog
import uvloop

from monitor.cli.options import HERE, Options, pass_options
from monitor.cli.setup import set_up
from monitor.service.control import Control, learning, ordering, reloading, shelving, telling_confinement
from monitor.service.daemon import Daemon
from monitor.service.notify import Notifier
from monitor.telemetry import metrics
from monitor.wiring import open_desk

log = structlog.get_logger()


@click.command("run")
@pass_options
def command(options: Options) -> None:
    """Follow the feeds until told to stop."""
    set_up(options, is_daemon=True)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_run(options))


async def _run(options: Options) -> None:
    stop = asyncio.Event()
    for end in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(end, stop.set)
    config = options.load()
    if config.metrics is not None:
        metrics.serve(*config.metrics)
    async with open_desk(config) as wiring:
        for problem in wiring.problems:
            log.warning("baseline_problem", problem=problem)
        daemon = Daemon(wiring.desk, Notifier.from_environment(os.environ))
        reload = reloading(config.path or HERE, state=options.state, follow=daemon.follow)
        tell = telling_confinement(wiring.confinement)
        known = learning(daemon.add_known, daemon.remove_known, daemon.acknowledge)
        changes = shelving(daemon.merge, daemon.split) | known
        changes |= ordering(daemon.silence, daemon.expire, daemon.resend)
        async with Control(config.state, {"reload": reload, "confinement": tell} | changes):
            await daemon.run(stop)
