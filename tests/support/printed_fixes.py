"""The commands in the fixes that the tools print."""

from attachment.finding import Finding

_PROGRAMS = ("aws ", "npx cdk ", "python -m tools ", "python3 ")


def commands_of(finding: Finding) -> list[str]:
    """Return the lines of a fix that are commands."""
    return [line for line in finding.fix.splitlines() if line.startswith(_PROGRAMS)]
