"""What is wrong with watches and terms, each finding at its place in the file.

In:  a configuration that could be read.
Out: errors and warnings, each as `FILE:LINE:COL: key.path: message`.
Not here: the findings themselves (analysis/lint.py), faults of form (load.py).
"""

from collections.abc import Mapping
from pathlib import Path

from monitor.analysis.lint import lint
from monitor.analysis.query import parse
from monitor.config.config import Config
from monitor.config.document import Document, Key, Problems, read_document
from monitor.config.load import MAX_BYTES
from monitor.sources.folders import read_plain


def lint_config(config: Config, path: Path, *, environ: Mapping[str, str]) -> Problems:
    """Return what is wrong with the watches and terms of a configuration.

    path: the file it was read from. environ: the environment it was read with.
    """
    problems = Problems(file=str(path))
    text = read_plain(path, MAX_BYTES).decode("utf-8-sig")
    document = read_document(text, problems, environ=environ) or Document(data=None, keys={}, values={})
    queries = [parse(watch.query, terms=config.terms) for watch in config.watches]
    for finding in lint(queries, config.terms):
        note = problems.warn if finding.is_warning else problems.add
        key = _written(finding.key, document)
        note(document.value_mark(key), key, finding.message)
    return problems


def _written(key: Key, document: Document) -> Key:
    """Return the key, or the nearest one above it that the file has: a query is written in one piece."""
    while key and key not in document.values:
        key = key[:-1]
    return key
