"""`monitor check`: name every problem of the configuration.

In:  the configuration.
Out: problems on stdout, one a line, or `OK` with counts; exit 3 where there are problems.
Not here: finding them (config/).
"""

import json
import re
from typing import TYPE_CHECKING

import click

from monitor.cli.exits import DONE, FAILED, FOUND_ERRORS
from monitor.cli.options import Options, pass_options
from monitor.errors import ConfigError

if TYPE_CHECKING:
    from monitor.config.config import Config
    from monitor.model.delivery import Channel

_ONLY = "there is no other channel to tell what this one loses; `monitor status` does, and a second one would"
_LINE = re.compile(r"(?P<file>.*?):(?P<line>\d+):(?P<column>\d+): (?:(?P<key>[^\s:]+): )?(?P<message>.*)", re.DOTALL)


@click.command("check")
@click.option("--online", is_flag=True, help="Also fetch each feed once.")
@pass_options
def command(options: Options, online: bool) -> int:
    """Name every problem of the configuration, each as FILE:LINE:COL: key.path: message."""
    try:
        config = options.load(fault_of=_fault_of)
    except ConfigError as error:
        for problem in error.problems:
            click.echo(as_json(problem) if options.json else problem)
        return FOUND_ERRORS
    if config.only_channel is not None and not options.quiet:
        click.echo(f"warning: {config.channel_places[0]}: {_ONLY}", err=True)
    failures = _online(config) if online else []
    for failure in failures:
        click.echo(json.dumps({"type": "failure", "message": failure}, ensure_ascii=False) if options.json else failure)
    if not failures:
        click.echo(_summary(config, as_json=options.json))
    return FAILED if failures else DONE


def _fault_of(channel: "Channel") -> str | None:
    """Return what is wrong with a channel's address by its service's library; the address itself stands in no words.

    Only here: loading the library costs every other command a second.
    """
    from monitor.delivery.channels import fault_of

    fault = fault_of(channel)
    if fault and ("Unparseable URL" in fault or "unknown service" in fault):  # Apprise's words and our own
        return f"no service is reached by {channel.url.partition('://')[0][:20] + '://'!r}"
    return fault


def _online(config: "Config") -> list[str]:
    from monitor.wiring import check_online

    return check_online(config)


def _summary(config: "Config", *, as_json: bool) -> str:
    counts = {"feed": len(config.feeds), "watch": len(config.watches), "channel": len(config.channels)}
    if as_json:
        return json.dumps({"type": "summary"} | {_plural(noun): count for noun, count in counts.items()})
    return "OK: " + ", ".join(f"{count} {noun if count == 1 else _plural(noun)}" for noun, count in counts.items())


def _plural(noun: str) -> str:
    return noun + ("es" if noun.endswith("ch") else "s")


def as_json(problem: str, *, kind: str = "problem") -> str:
    """Return a line of the form FILE:LINE:COL: key.path: message as a JSON object."""
    parts = _LINE.fullmatch(problem)
    if parts is None:
        return json.dumps({"type": kind, "message": problem}, ensure_ascii=False)
    place = {"file": parts["file"], "line": int(parts["line"]), "column": int(parts["column"])}
    return json.dumps({"type": kind, **place, "key": parts["key"], "message": parts["message"]}, ensure_ascii=False)
