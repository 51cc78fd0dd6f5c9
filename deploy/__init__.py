"""How Signpost is run: engines on one machine, containers, a cluster."""
