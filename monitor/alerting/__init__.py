"""Alerting: from a decision to the words a reader sees. Pure: no clock, no files, no sockets."""
