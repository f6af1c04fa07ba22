"""News monitor: follows feeds and speaks only when something is new to its reader."""

__version__ = "0.1.0"
