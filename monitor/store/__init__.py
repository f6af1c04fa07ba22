"""The store: everything the program remembers, in one database.

In:  facts from model/, inside one transaction a unit of work.
Out: facts from model/; rows never leave this room.
Not here: judging, network, waiting.
"""
