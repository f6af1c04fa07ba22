"""Writing: an alert that is decided is put into words by the optional writer, if its answer can be vouched for.

In:  a decision, the language of its article, the writer or none.
Out: the same decision, its alert with what was written beside the quotes; or just as it came.
Not here: deciding (assess.py), the writer's order (alerting/brief.py), the check (alerting/vouch.py).

It happens between deciding and writing down, outside any transaction: an alert waits for the writer's deadline at most,
and one that is killed meanwhile is decided, and put into words, anew.
"""

from dataclasses import replace

import structlog

from monitor.alerting.brief import brief_of
from monitor.alerting.vouch import Refused, vouched
from monitor.errors import SourceError
from monitor.model.judgement import Alert, Decision, Written
from monitor.model.writing import Brief, Writer

log = structlog.get_logger()


async def with_words(decision: Decision, language: str, *, writer: Writer | None) -> Decision:
    """Return a decision whose alert carries what the writer said of it; unchanged without a writer, or a good answer.

    language: ISO 639-1, of the article.
    """
    alert = decision.alert
    if writer is None or alert is None:
        return decision
    brief = brief_of(alert, decision.sentences)
    if not brief.offered:
        return decision
    try:
        written = await _written(writer, brief, alert, language)
    except Exception:  # the writer's wall: whatever an answer does to us, the alert goes out
        log.exception("writer_failed", alert=alert.id)
        return decision
    return decision if written is None else replace(decision, alert=replace(alert, written=written))


async def _written(writer: Writer, brief: Brief, alert: Alert, language: str) -> Written | None:
    try:
        answer = await writer.write(brief)
    except SourceError as exc:
        log.warning("writer_failed", alert=alert.id, error=str(exc))
        return None
    bullets = vouched(answer, brief.offered, language)
    if isinstance(bullets, Refused):
        log.warning("writer_refused", alert=alert.id, reason=bullets.reason)
        return None
    log.info("alert_written", alert=alert.id, bullets=len(bullets))
    return Written(model=writer.model, bullets=bullets)
