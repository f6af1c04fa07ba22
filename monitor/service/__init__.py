"""The daemon: schedule, workers, and what systemd wants to hear.

In:  a wired program.
Out: work done on time until told to stop.
Not here: the steps themselves (pipeline/).
"""
