"""The table of CloudFront's rules: the known ones, and those that are only assumed."""

from tools.emulator.rules import RULES, Evidence


def test_only_these_rules_are_assumed() -> None:
    """A test that passes because of an assumed rule proves nothing about CloudFront."""
    assumed = {rule.name for rule in RULES if rule.evidence is Evidence.ASSUMED}

    assert assumed == {
        "duplicate-path-pattern",
        "setting-missing",
        "behavior-setting-missing",
        "no-such-function",
        "web-acl-not-readable",
        "vpc-origin-not-readable",
    }


def test_every_other_rule_cites_a_page() -> None:
    known = [rule for rule in RULES if rule.evidence is not Evidence.ASSUMED]

    assert len(known) == 16
    assert all(rule.source.startswith("https://") for rule in known)


def test_names_of_rules_are_unique() -> None:
    names = [rule.name for rule in RULES]

    assert len({*names}) == len(names)
