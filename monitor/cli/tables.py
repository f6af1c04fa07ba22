"""Tables, as commands print them.

In:  headings and rows of clean text.
Out: stdout: columns as wide as a terminal allows, and elsewhere unbroken lines.
Not here: what stands in a table.
"""

import os
import shutil
import sys
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from monitor.cli.options import Options


def print_table(options: Options, headings: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    """Print columns: folded to a terminal's width, and elsewhere one line a row, so that a pipe finds it whole."""
    if not sys.stdout.isatty():
        lines = [headings, *rows] if headings else rows
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        for line in lines:
            print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
        return
    table = Table(box=None, pad_edge=False, show_header=bool(headings), header_style="bold")
    for number, heading in enumerate(headings or rows[0] if rows else ()):
        is_name = not headings and number == 0
        table.add_column(heading if headings else "", style="bold" if is_name else "", no_wrap=is_name, overflow="fold")
    for row in rows:
        table.add_row(*row)
    no_color = options.no_color or bool(os.environ.get("NO_COLOR"))
    width = shutil.get_terminal_size((100, 24)).columns
    Console(file=sys.stdout, width=width, no_color=no_color, highlight=False, markup=False, emoji=False).print(table)
