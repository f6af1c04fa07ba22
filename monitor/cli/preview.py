"""`monitor preview`: an alert as a channel would be given it, without sending it.

In:  a URL, an entry id or an alert id; a face.
Out: stdout, or a file: HTML, text or JSON. Exit 1 where nothing is known of it.
Not here: sending (delivery/), the words (alerting/).
"""

import json
from pathlib import Path
from typing import Final

import click

from monitor.alerting.escape import clean
from monitor.alerting.formats import FACES, Message, render
from monitor.alerting.render import as_html, as_json, as_text, subject
from monitor.cli.beside import named, reading
from monitor.cli.exits import DONE, FAILED
from monitor.cli.options import Options, pass_options
from monitor.cli.put_file import put_file
from monitor.cli.setup import set_up
from monitor.errors import UsageError
from monitor.model.delivery import AnyAlert
from monitor.store import views

MOST: Final = 5  # alerts that are named where a reference means several
MAILS: Final = ("email-html", "email-text", "json")  # the last is what a webhook gets


@click.command("preview")
@click.argument("ref")
@click.option("--as", "face", type=click.Choice([*MAILS, *FACES]), default="email-text", show_default=True)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write it to a file."
)
@pass_options
def command(options: Options, ref: str, face: str, output: Path | None) -> int:
    """Show what a channel would be given of REF (id of an alert, digest or entry, or URL of an entry); send nothing."""
    sought = named(ref)
    set_up(options)
    with reading(options.load().state) as tx:
        found = views.named(tx, sought, limit=MOST + 1)
    if not found:
        click.echo(f"nothing is known of {clean(ref)}: it is neither an alert nor an entry that caused one", err=True)
        return FAILED
    if len(found) > 1:
        listed = ", ".join(f"{each.id} ({clean(subject(each))})" for each in found[:MOST])
        raise UsageError(
            f"{clean(ref)} may mean {listed}{', and more' if len(found) > MOST else ''}; name one by its id"
        )
    message = as_face(found[0], face)
    told = _object(found[0], face, message) if options.json else shown(message)
    if output is None:
        click.echo(told, nl=not told.endswith("\n"))
    else:
        put_file(output, told.encode("utf-8", "replace"))
    return DONE


def as_face(alert: AnyAlert, face: str) -> Message:
    """Return an alert as it is sent to one kind of channel."""
    match face:
        case "email-html":
            return Message(title="", body=as_html(alert))
        case "email-text":
            return Message(title="", body=as_text(alert).body)
        case "json":
            return Message(title="", body=json.dumps(as_json(alert), ensure_ascii=False))
        case _:
            takes = FACES[face]
            return render(alert, takes.format, limit=takes.limit, title_limit=takes.title_limit)


def shown(message: Message) -> str:
    """Return title and body, as a channel without titles shows them."""
    return f"{message.title}\n{message.body}" if message.title else message.body


def _object(alert: AnyAlert, face: str, message: Message) -> str:
    form = "html" if face == "email-html" else "json" if face == "json" else str(message.format)
    told = {"type": "preview", "id": alert.id, "as": face, "format": form, "title": message.title, "body": message.body}
    return json.dumps(told, ensure_ascii=False)
