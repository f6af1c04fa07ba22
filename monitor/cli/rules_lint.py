"""`monitor rules lint`: watches and terms that cannot mean what was meant.

In:  the configuration.
Out: one line a finding; exit 3 where one is an error.
Not here: what is looked for (analysis/lint.py).
"""

import os

import click

from monitor.cli.check import as_json
from monitor.cli.exits import DONE, FOUND_ERRORS
from monitor.cli.options import Options, pass_options
from monitor.cli.setup import set_up


@click.command("lint")
@pass_options
def lint(options: Options) -> int:
    """Name queries that can never or must always match, spellings that do nothing, terms that nobody uses."""
    from monitor.config.watch_lint import lint_config

    set_up(options)
    config = options.load()
    assert config.path is not None  # load() read it from there
    found = lint_config(config, config.path, environ=os.environ)
    for problem in found.lines:
        click.echo(as_json(problem) if options.json else problem)
    for warning in found.warnings:
        click.echo(as_json(warning, kind="warning") if options.json else f"warning: {warning}")
    if not found.lines and not found.warnings and not options.json:
        click.echo(f"OK: {len(config.watches)} watches and {len(config.terms)} terms")
    return FOUND_ERRORS if found.lines else DONE
