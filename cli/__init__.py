"""The ``signpost`` command: run Signpost on one machine, feed it, ask it, and see the demo."""
