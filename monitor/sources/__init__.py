"""Sources: where news comes from - feeds, pages, folders and subscription lists.

In:  URLs, bytes and paths from outside; what the last poll left behind.
Out: ParsedFeed | NotModified, Page, file entries; errors by name.
Not here: which feeds are due (store/feeds.py), what to keep (store/), what a text means (analysis/).

guard.py says which addresses may be reached, http.py is the one client that reaches them. parse.py and extract.py
read bytes inside the killable processes of workers.py; feeds.py and pages.py put both together. folders.py and opml.py
read files.
"""
