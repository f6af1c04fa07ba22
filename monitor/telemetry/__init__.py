"""Telemetry: what the program says of itself while it works.

In:  events with fields.
Out: lines on stderr.
Not here: the alerts and decisions, which are the work itself.
"""
