"""The frame of the command line: finds the command, imports it only then, and turns its end into an exit code.

In:  the words after `monitor`.
Out: an exit code; every error as one sentence on stderr.
Not here: the commands, each in its own module as `command`; a command returns None or its exit code.
"""

import difflib
import os
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import click

from monitor.cli.exits import DONE, FAILED, INTERRUPTED, USAGE, exit_code
from monitor.cli.options import Options, add_global_options
from monitor.errors import MonitorError

# name: (module under monitor.cli, what it does). Listed here so that `--help` imports none of them.
COMMANDS = {
    "replay": ("replay", "Run files through the whole pipeline, as if feeds had listed them."),
    "run": ("run", "Follow the feeds until told to stop: the daemon, in the foreground."),
    "once": ("once", "Make one pass: poll what is due, read, judge, deliver, exit."),
    "init": ("init", "Write a commented configuration to start from."),
    "check": ("check", "Name every problem of the configuration."),
    "extract": ("extract", "Show what the reader sees of a page."),
    "diff": ("diff", "Show what texts say that the baseline does not."),
    "rules": ("rules", "Try queries on texts, test the watches, look for faults in them."),
    "feed": ("feed", "List, show, add, remove and test feeds."),
    "channel": ("channel", "List the channels; send an example through them."),
    "known": ("known", "Say what you know: it is no news from then on."),
    "baseline": ("baseline", "List, add and remove the texts that a watch takes for known."),
    "why": ("why", "Tell what happened to an entry or an alert, and why."),
    "preview": ("preview", "Show what a channel would be given of an alert."),
    "story": ("story", "List, show, merge and split stories."),
    "silence": ("silence", "Hear nothing of something for a while; list and end silences."),
    "resend": ("resend", "Send an alert again, or all that was lost."),
    "status": ("status", "Show how feeds, alerts and deliveries stand."),
    "alerts": ("alerts", "List the alerts and their deliveries; acknowledge what you read."),
}


class LazyGroup(click.Group):
    """Commands by name; a command's module is imported when that command is called, and not before."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of that name, imported now, or None."""
        if cmd_name not in self.commands and cmd_name in COMMANDS:
            command = import_module(f"monitor.cli.{COMMANDS[cmd_name][0]}").command
            self.commands[cmd_name] = add_global_options(command)
        return self.commands.get(cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that `args` name. Raises UsageError with the nearest name for one that is none."""
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            near = difflib.get_close_matches(args[0], list(COMMANDS), n=1)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            raise click.UsageError(f"there is no command '{args[0]}'.{hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands from the table."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, help_line) for name, (_, help_line) in COMMANDS.items()])


def build() -> click.Group:
    """Return the root of the command line."""
    group = LazyGroup(
        "monitor",
        help="Follow feeds, and speak only when something is new to you.",
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
    add_global_options(group)
    return group


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; None means the process's own arguments."""
    _speak_utf8()
    options = Options(no_color=bool(os.environ.get("NO_COLOR")))
    try:
        code = _run(build(), argv, options)
        sys.stdout.flush()
    except BrokenPipeError:  # whoever read us has read enough
        _drop_stdout()
        code = FAILED
    return code


def _run(group: click.Group, argv: Sequence[str] | None, options: Options) -> int:
    try:
        ended: Any = group.main(argv, prog_name="monitor", obj=options, standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return USAGE
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except BrokenPipeError:
        raise
    except SystemExit as error:  # click's own answer to a broken pipe, or a command's
        return error.code if isinstance(error.code, int) else FAILED
    except Exception as error:  # noqa: BLE001 - the outermost wall: a person gets a sentence, not a traceback
        return _tell(error, options)
    return ended if isinstance(ended, int) else DONE


def _tell(error: Exception, options: Options) -> int:
    if options.verbose:
        traceback.print_exception(error)
    if isinstance(error, MonitorError):
        click.echo(str(error), err=True)
    elif isinstance(error, OSError):
        click.echo(f"monitor: {error}", err=True)
    else:
        hint = "" if options.verbose else "; -v shows where"
        click.echo(f"monitor: unforeseen {type(error).__name__}: {error}{hint}", err=True)
    return exit_code(error)


def _speak_utf8() -> None:
    """Write UTF-8 whatever the locale: our text is in every script, and equal input gives equal bytes."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="backslashreplace")


def _drop_stdout() -> None:
    """Send what is still buffered nowhere, so that the interpreter's last flush finds no broken pipe."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
