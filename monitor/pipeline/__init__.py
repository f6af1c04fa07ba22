"""The pipeline: one module a step, each read, think, write.

    poll      due feeds -> entries
    read      entries -> articles
    assess    articles -> decisions, alerts, deliveries (one transaction)
    dispatch  deliveries -> sent, retry, unknown, dead

`passes` runs the steps once over what is due, `replay` over files with a clock of its own; the daemon (service/) runs
the same steps for ever. Every step may run twice and leaves the same: it claims work by a lease, does the slow part
outside any transaction and finishes in one.
"""
