"""Every alert is about a metric that exists, and says which runbook helps."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from deploy.stack import ROOT
from runtime import metrics

FILES = sorted((ROOT / "deploy" / "alerts").glob("*.yaml"))
NEEDED = {
    "signpost_shields_not_hidden_seconds",
    "signpost_shields_not_scrubbed_seconds",
    "signpost_shield_reviews_due",
    "signpost_overrides_to_review",
    "signpost_shield_reviews_fell_due_total",
    "signpost_overrides_granted_total",
    "signpost_dead_letters_total",
    "signpost_consumer_stalled",
}


def named(file: Path) -> set[str]:
    """The metrics that a file's rules are about."""
    return {name for line in expressions(file) for name in re.findall(r"signpost_\w+", line)}


def expressions(file: Path) -> list[str]:
    """The rules' expressions."""
    return re.findall(r"^ +expr: (.+)$", file.read_text(), re.MULTILINE)


def rules(file: Path) -> list[str]:
    """The rules, each as it is written."""
    return re.split(r"^ +- alert: ", file.read_text(), flags=re.MULTILINE)[1:]


def exported() -> set[str]:
    """The metrics that every service exports."""
    assert metrics.LAG
    kinds = {family.name: family.type for family in REGISTRY.collect()}
    return {f"{name}_total" if kind == "counter" else name for name, kind in kinds.items()}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_alert_is_about_a_metric_that_services_export(file: Path) -> None:
    assert named(file) <= exported()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_alert_says_what_it_means_and_where_to_go(file: Path) -> None:
    assert len(rules(file)) == len(expressions(file))
    for rule in rules(file):
        assert "summary: " in rule
        runbook = re.search(r"runbook: (\S+)", rule)
        assert runbook is not None
        assert (ROOT / runbook[1]).exists()


def test_what_somebody_must_be_woken_for_has_an_alert() -> None:
    assert set().union(*map(named, FILES)) >= NEEDED


@pytest.mark.parametrize("event", ["signpost_shield_reviews_fell_due_total", "signpost_overrides_granted_total"])
def test_one_more_of_what_waits_already_raises_an_alert_of_its_own(event: str) -> None:
    (rule,) = [each for file in FILES for each in expressions(file) if event in each]
    # One that is above nothing stays raised from the first to the last, and says nothing at the second.
    assert re.fullmatch(rf"(sum|max)\(increase\({event}\[(5m|1h)\]\)\) > 0", rule)


@pytest.mark.parametrize(("metric", "seconds"), [("shields_not_hidden", 5), ("shields_not_scrubbed", 60)])
def test_a_shield_that_hangs_wakes_somebody_as_soon_as_is_promised(metric: str, seconds: int) -> None:
    (rule,) = [each for file in FILES for each in rules(file) if f"signpost_{metric}_seconds" in each]
    assert f"expr: max(signpost_{metric}_seconds) > {seconds}\n" in rule
    assert "severity: critical" in rule
    assert "for:" not in rule
