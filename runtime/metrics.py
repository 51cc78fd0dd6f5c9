"""Prometheus metrics that every service has; labels name streams, routes and classes, never people."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

EVENTS_HANDLED = Counter("signpost_events_handled_total", "Messages handled.", ["stream", "group"])
EVENT_AGE = Gauge(
    "signpost_event_age_seconds", "Age of the last handled message when it was done.", ["stream", "group"]
)
LAG = Gauge("signpost_consumer_lag", "Messages not yet handled.", ["stream", "group"])
STALLED = Gauge("signpost_consumer_stalled", "1 where a consumer silently stopped.", ["stream", "group"])
RETRIES = Counter("signpost_retries_total", "Batches tried again.", ["stream", "group", "error"])
DEAD_LETTERS = Counter("signpost_dead_letters_total", "Messages set aside.", ["stream", "group", "error"])
HALTED = Gauge("signpost_halted", "1 where a flood of dead letters stopped the service.")
REQUESTS = Histogram(
    "signpost_request_seconds",
    "Time to answer.",
    ["method", "route", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2, 5),
)
LEASE_VALID = Gauge("signpost_lease_valid", "1 while this process may show protected fields.")
SHIELDS_KNOWN = Gauge("signpost_shields_known", "Shielded child numbers held in memory.")
SHIELDS_NOT_HIDDEN = Gauge("signpost_shields_not_hidden", "Shields decided and not in force everywhere yet.")
SHIELDS_NOT_HIDDEN_SECONDS = Gauge("signpost_shields_not_hidden_seconds", "Age of the oldest of them.")
SHIELDS_NOT_SCRUBBED = Gauge("signpost_shields_not_scrubbed", "Shields in force with a copy not rewritten yet.")
SHIELDS_NOT_SCRUBBED_SECONDS = Gauge("signpost_shields_not_scrubbed_seconds", "Age of the oldest of them.")
SHIELDS_NOT_PURGED = Gauge(
    "signpost_shields_not_purged", "Shields whose child should have been forgotten everywhere and is not."
)
SHIELDS_NOT_PURGED_SECONDS = Gauge(
    "signpost_shields_not_purged_seconds", "How long ago the first of them should have been."
)
SHIELD_REVIEWS_DUE = Gauge("signpost_shield_reviews_due", "Shields whose day of review has come.")
OVERRIDES_TO_REVIEW = Gauge("signpost_overrides_to_review", "Emergency overrides that no officer has reviewed.")
SHIELD_REVIEWS_FELL_DUE = Counter(
    "signpost_shield_reviews_fell_due_total",
    "Reviews of shields whose day came; every process counts all.",
)
OVERRIDES_GRANTED = Counter("signpost_overrides_granted_total", "Emergency overrides granted.")
