"""Alembic's steps from one schema to the next; each runs in one transaction."""
