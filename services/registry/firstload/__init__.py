"""The first load: a whole authority's changes, set-wise and straight into the store, not through a stream.

It reads a file of changes, the registry's own store and the shields; it writes the store, ``registry.records.v1``
and ``audit.events.v1``. Whatever it works out on the way is kept in one file, stage by stage, so that it can be
killed at any moment and goes on where it was. Who is one child is decided by the very code that decides it change
by change.
"""
