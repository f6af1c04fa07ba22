"""The command line: one module a command, imported only when called.

In:  what a user types, a configuration.
Out: data on stdout, progress and logs on stderr, an exit code.
Not here: doing the work (wiring.py builds it, pipeline/ and service/ do it).
"""
