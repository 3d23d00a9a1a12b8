"""What the tools print about a plan."""

import click
from click.testing import CliRunner

from attachment.finding import Finding
from tools import output
from tools.plan import DistributionPlan

PATHS = ("/ht/renew", "/ht/clear")


def shown(*plans: DistributionPlan, color: bool = False) -> str:
    """Return what is printed."""

    @click.command()
    def command() -> None:
        output.show_plans(plans, PATHS)

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
        "E123\n"
        "  nothing to change\n"
        "  warning: it has no name of the site [no-site-name]\n"
        "    fix: pass another ID\n"
    )


def test_refusal_without_a_fix_has_no_line_for_it() -> None:
    plan = DistributionPlan(distribution_id="E123", refusal=Finding("behavior-exists", "it exists"))
    assert shown(plan) == "E123\n  refused: it exists [behavior-exists]\n"
