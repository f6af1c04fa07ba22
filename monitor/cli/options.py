"""The global options: what every command understands, before and after its name.

In:  the command line, the environment.
Out: Options, handed to each command as click's `obj`.
Not here: a command's own options.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from monitor import __version__
from monitor.errors import ConfigError

if TYPE_CHECKING:
    from monitor.config.config import Config
    from monitor.config.load import FaultOf

ETC = Path("/etc/monitor/monitor.yaml")
HERE = Path("monitor.yaml")


@dataclass(slots=True)
class Options:
    """What the user said that holds for every command; filled while the command line is read."""

    config: Path | None = None
    state: str | None = None
    json: bool = False
    quiet: bool = False
    verbose: bool = False
    no_color: bool = False

    def find_config(self) -> Path | None:
        """Return the configuration's path: -c, $MONITOR_CONFIG, ./monitor.yaml, /etc/monitor/monitor.yaml; else None.

        The first two are returned whether they exist or not: whoever names a file means it.
        """
        named = self.config or (Path(os.environ["MONITOR_CONFIG"]) if os.environ.get("MONITOR_CONFIG") else None)
        return named or next((path for path in (HERE, ETC) if path.exists()), None)

    def load(self, *, fault_of: "FaultOf | None" = None) -> "Config":
        """Return the configuration; its warnings go to stderr unless -q.

        fault_of: says what is wrong with a channel whose address has the right form.
        Raises ConfigError: it has problems, or there is none.
        """
        from monitor.config.load import load_config

        path = self.find_config()
        if path is None:
            raise ConfigError([f"no configuration: neither {HERE} nor {ETC} exists; `monitor init` writes one"])
        config = load_config(path, state=self.state, fault_of=fault_of)
        for warning in () if self.quiet else config.warnings:
            click.echo(f"warning: {warning}", err=True)
        return config

    def load_or_demo(self) -> "Config":
        """Return the configuration, or the built-in one where the user has none (for `replay`)."""
        from monitor.config.config import demo_config

        return demo_config() if self.find_config() is None else self.load()


pass_options = click.make_pass_decorator(Options)


def add_global_options(command: click.Command) -> click.Command:
    """Let `command`, and every command under it that is loaded, understand the global options; return it."""
    taken = {name for param in command.params for name in (*param.opts, *param.secondary_opts)}
    command.params.extend(option for option in _options() if not taken.intersection(option.opts))
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            add_global_options(inner)
    return command


def _options() -> list[click.Option]:
    return [
        _option("-c", "--config", type=click.Path(path_type=Path), metavar="FILE", help="The configuration to use."),
        _option("--state", metavar="DIR", help="The state folder to use."),
        _option("--json", is_flag=True, help="One JSON object a line on stdout."),
        _option("-q", "--quiet", is_flag=True, help="No progress, no warnings."),
        _option("-v", "--verbose", is_flag=True, help="More on stderr, and tracebacks."),
        _option("--no-color", is_flag=True, help="No colours (also with NO_COLOR set)."),
        click.Option(
            ["--version"], is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version."
        ),
    ]


def _option(*names: str, **settings: Any) -> click.Option:
    return click.Option(list(names), expose_value=False, callback=_remember(names[-1]), **settings)


def _remember(name: str) -> Callable[[click.Context, click.Parameter, Any], None]:
    field = name.lstrip("-").replace("-", "_")

    def note(context: click.Context, _: click.Parameter, value: Any) -> None:
        if value not in (None, False):  # what was said before the command's name stays said
            setattr(context.ensure_object(Options), field, value)

    return note


def _version(context: click.Context, _: click.Parameter, value: bool) -> None:
    if value and not context.resilient_parsing:
        click.echo(f"monitor {__version__}")
        context.exit()
