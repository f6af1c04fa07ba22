"""Analysis: what one article is to a reader: a match, a copy, news.

In:  articles, queries and known texts, as frozen facts.
Out: mentions, duplicates, novelty, stories, corroboration.
Not here: any input or output; deciding whom to tell (alerting/), storing (store/).
"""
