"""Text: what can be said of characters, words and sentences before anyone asks what they mean.

In:  strings as they came.
Out: folded text, tokens, sentences, languages, canonical addresses, fingerprints.
Not here: what a text means to a reader (analysis/), reading pages and feeds (sources/).
"""
