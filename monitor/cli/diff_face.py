"""What `monitor diff` shows on a terminal: a text beside what is known of it.

In:  texts as they were compared; a stream, its width, whether it shows colour.
Out: lines on the stream, the same words with and without colour.
Not here: the words (diff_words.py), the page (diff_page.py), the JSON lines (diff.py).
"""

import shutil
from typing import Final, TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from monitor.alerting.escape import clean
from monitor.cli.diff_words import QUIET, SIGNS, Pieces, Row, Stretch, counted, name, stretches, summary, totals
from monitor.model.judgement import Label
from monitor.pipeline.compare import Compared

WIDTH: Final = 100  # where it is no terminal
WIDTH_MIN, WIDTH_MAX = 40, 200
WIDE: Final = 80  # columns from which labels are written out
_STYLES: Final = {Label.NEW: "green", Label.UPDATE: "magenta", Label.KNOWN: "dim", Label.NOISE: "dim"}
_MARKED: Final = "bold reverse"


class DiffFace:
    """Shows texts one by one."""

    def __init__(self, stream: TextIO, console: Console, *, shows_all: bool, is_brief: bool) -> None:
        self._stream = stream
        self._console = console
        self._shows_all = shows_all
        self._is_brief = is_brief  # no sentences, only what each text comes to
        self._verdicts: list[bool] = []

    def text(self, compared: Compared) -> None:
        """Show one text, and what it comes to."""
        self._verdicts.append(compared.is_new)
        self._print(Text(clean(compared.file), "bold"))
        if not self._is_brief:
            self._print("", self._table(compared), "")
        self._print(Text(summary(compared), "yellow" if compared.is_new else "dim"), "")

    def end(self) -> None:
        """Show what all texts come to, where there are several."""
        if len(self._verdicts) > 1:
            self._print(totals(self._verdicts))

    def _table(self, compared: Compared) -> Table:
        table = Table(box=None, expand=True, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
        table.add_column("", no_wrap=True)
        table.add_column("score" if self._is_wide else "", justify="right", no_wrap=True)
        table.add_column("this text", ratio=1, overflow="fold")
        table.add_column("nearest known sentence", ratio=1, overflow="fold")
        for stretch in stretches(compared):
            if stretch.is_quiet and not self._shows_all:
                table.add_row("=", "", Text(_folded(stretch), "dim"), "")
            else:
                for row in stretch.rows:
                    table.add_row(*self._cells(row))
        return table

    def _cells(self, row: Row) -> tuple[Text, ...]:
        style = _STYLES[row.label]
        short = f"{SIGNS[row.label]}?" if row.is_unsure else SIGNS[row.label]
        sign = f"{SIGNS[row.label]} {name(row)}" if self._is_wide else short
        score = "" if row.label is Label.NOISE else f"{row.score:.2f}"
        said = _text(row.pieces, "" if row.label is Label.NEW else style)
        for was, now, what in row.changes:
            said.append(f"\n{was} → {now}", "bold magenta").append(f"  {what}")
        known = Text("\n").join(
            _text(each.pieces, "dim" if row.label in QUIET else "").append(f"\n— {each.source}{each.day}", "dim")
            for each in row.evidence
        )
        return Text(sign, f"bold {style}"), Text(score, style), said, known

    @property
    def _is_wide(self) -> bool:
        return self._console.width >= WIDE

    def _print(self, *what: Table | Text | str) -> None:
        """Write lines without the blanks that fill them up; what the stream cannot spell becomes a question mark."""
        with self._console.capture() as captured:
            for each in what:
                self._console.print(each)
        encoding = getattr(self._stream, "encoding", None) or "utf-8"
        for line in captured.get().splitlines():
            self._stream.write(line.rstrip().encode(encoding, "replace").decode(encoding) + "\n")
        self._stream.flush()


def make_face(
    stream: TextIO, *, color: bool, shows_all: bool = False, is_brief: bool = False, width: int | None = None
) -> DiffFace:
    """Return a face that shows on the stream.

    color: styles, where the stream is a terminal. width: columns; those of the terminal where it is not given.
    """
    is_terminal = stream.isatty()
    columns = width or (shutil.get_terminal_size((WIDTH, 24)).columns if is_terminal else WIDTH)
    console = Console(
        file=stream, width=max(WIDTH_MIN, min(WIDTH_MAX, columns)), highlight=False, markup=False, emoji=False,
        no_color=not color, color_system="auto" if color and is_terminal else None, legacy_windows=False,
    )  # fmt: skip
    return DiffFace(stream, console, shows_all=shows_all, is_brief=is_brief)


def _folded(stretch: Stretch) -> str:
    return f"{counted(row.label for row in stretch.rows)} (--all shows them)"


def _text(pieces: Pieces, style: str) -> Text:
    """Return a text with its marked pieces in brackets: they are seen without colour, too."""
    return Text.assemble(*((f"[{piece}]", _MARKED) if is_marked else (piece, style) for piece, is_marked in pieces))
