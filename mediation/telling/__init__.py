"""Telling people, and serving documents: the declared table, the reader of the journal, messages, gateways, service.

Lives here: who is told what by which channel, when a message leaves and by which gateway, when a document counts as
served. Does not live here: what is lawful (``lifecycle``, ``guards``), pages (``windows``, ``adminkit``).
Called by: ``tasks``, windows.

No period depends on anything here: clocks run whether or not anybody was told.
"""
