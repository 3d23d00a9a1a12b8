"""The printed plan, and the printed summary of reports."""

import click
import pytest
from click.testing import CliRunner

from attachment.finding import Finding
from tools import output
from tools.doctor.report import Report
from tools.plan import Action, DistributionPlan

PATHS = ("/ht/renew", "/ht/clear")


def shown(*plans: DistributionPlan, color: bool = False, terraform: bool = False) -> str:
    """Return the printed plans."""

    @click.command()
    def command() -> None:
        output.show_plans(plans, PATHS, terraform=terraform)

    return CliRunner().invoke(command, color=color).stdout


def test_added_behavior_is_green_and_others_are_plain() -> None:
    plan = DistributionPlan(
        distribution_id="E123",
        changes=("add behavior /ht/renew",),
        before=("/api/*  origin site",),
        after=("/ht/renew  origin site", "/api/*  origin site"),
        origin="site",
    )
    text = shown(plan, color=True)
    assert "\x1b[32m  + /ht/renew  origin site\x1b[0m\n" in text
    assert "\n    /api/*  origin site" in text


def test_removed_behavior_is_red() -> None:
    plan = DistributionPlan(
        distribution_id="E123",
        changes=("remove behavior /ht/renew",),
        before=("/ht/renew  origin site", "/api/*  origin site"),
        after=("/api/*  origin site",),
    )
    assert "\x1b[31m  - /ht/renew  origin site\x1b[0m\n" in shown(plan, color=True)


def test_warning_has_its_code_and_its_fix() -> None:
    warning = Finding("no-site-name", "it has no name of the site", "pass another ID")
    plan = DistributionPlan(distribution_id="E123", warnings=(warning,))
    assert shown(plan) == (
        "E123: NO CHANGE\n"
        "  warning: it has no name of the site [no-site-name]\n"
        "    fix: pass another ID\n"
    )


def test_refusal_without_a_fix_has_no_line_for_it() -> None:
    plan = DistributionPlan(distribution_id="E123", refusal=Finding("behavior-exists", "it exists"))
    assert shown(plan) == "E123\n  refused: it exists [behavior-exists]\n"


@pytest.mark.parametrize(
    ("action", "word"),
    [
        (Action.ATTACH, "ATTACH"),
        (Action.UPDATE, "UPDATE"),
        (Action.MOVE, "MOVE"),
        (Action.DETACH, "DETACH"),
        (Action.NO_CHANGE, "NO CHANGE"),
    ],
)
def test_heading_names_the_action(action: Action, word: str) -> None:
    plan = DistributionPlan(distribution_id="E123", action=action)
    assert shown(plan) == f"E123: {word}\n"
    assert output.plan_as_json(plan)["action"] == word


def test_refused_distribution_has_no_action() -> None:
    plan = DistributionPlan(distribution_id="E123", refusal=Finding("behavior-exists", "it exists"))
    assert output.plan_as_json(plan)["action"] is None


VERSION = "arn:aws:lambda:us-east-1:111122223333:function:f:1"


def test_terraform_block_is_printed_only_on_request() -> None:
    plan = DistributionPlan(distribution_id="E123", origin="site", version=VERSION)
    assert "ordered_cache_behavior" not in shown(plan)
    assert shown(plan, terraform=True).count("    ordered_cache_behavior {") == 2


@pytest.mark.parametrize("owner", ["", "TheirSite"], ids=["terraform", "stack"])
def test_no_template_is_printed_before_its_version_is_published(owner: str) -> None:
    plan = DistributionPlan(distribution_id="E123", origin="site", owner_stack=owner)
    text = shown(plan, terraform=True)
    assert "not published yet" in text
    assert "/ht/renew" not in text


def test_summary_repeats_every_finding(capsys: pytest.CaptureFixture[str]) -> None:
    """The lines of other checks may have scrolled the finding out of view."""
    finding = Finding("no-light", "the lamp is off", "switch it on")
    output.show_summary(
        [Report(check="lamp", results=(finding,)), Report(check="door", results=())]
    )
    assert capsys.readouterr().out == (
        "\nlamp\n"
        "    the lamp is off [no-light]\n"
        "      fix: switch it on\n"
        "\n1 of 2 checks with findings\n"
    )
