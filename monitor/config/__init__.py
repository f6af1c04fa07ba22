"""Configuration: one YAML file, checked whole, turned into the program's own nouns.

In:  a file's path, the environment, the files it names.
Out: a Config, or a ConfigError that holds every problem with file, line and column.
Not here: building anything from it (wiring.py), showing it (cli/).
"""
