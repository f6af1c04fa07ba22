"""The nouns of the program: frozen facts that flow from room to room.

In:  nothing; this is the lowest room but `errors`.
Out: dataclasses and closed choices, without behaviour beyond what they say of themselves.
Not here: reading, judging, storing, showing.
"""
