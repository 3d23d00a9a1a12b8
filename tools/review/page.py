"""The review page: the stacks of a cloud assembly as Markdown."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from tools.review import exposure, hightouch_rows, resources, stack_settings, statements
from tools.review.assembly import AssemblyError, Stack
from tools.review.values import code


def page(stacks: Sequence[Stack]) -> str:
    """Return the page about the templates. It shows nothing of an AWS account's present state.

    Raises AssemblyError if a template does not have CloudFormation's format.
    """
    try:
        text = "\n".join(_lines(stacks))
    except (AttributeError, KeyError, TypeError) as error:
        # The project has no CloudFormation schema with which to check the templates first.
        raise AssemblyError(
            f"a template does not have CloudFormation's format ({type(error).__name__}: {error}); "
            "run npx cdk synth again, then check the templates with cfn-lint"
        ) from error
    return re.sub("\n{3,}", "\n\n", text).strip() + "\n"


def _lines(stacks: Sequence[Stack]) -> Iterator[str]:
    yield "# Review of the deployment"
    yield ""
    yield (
        "This page describes the synthesized templates. It was made without AWS. `${Id}` is the "
        "resource with that logical ID, and `${Id.Arn}` is its ARN."
    )
    yield ""
    for title, lines in (
        ("Look at these first", _attention(stacks)),
        ("Hightouch's tables and the templates", _each(stacks, hightouch_rows.section)),
        ("What changes on live distributions", exposure.live_distributions(stacks)),
        ("Who can use the role that changes distributions", exposure.standing_role(stacks)),
        ("Who can cause costs", exposure.bill(stacks)),
        ("IAM statements", _each(stacks, statements.section)),
        ("What is created and what is kept", _each(stacks, resources.section)),
        ("What is logged", _each(stacks, resources.logs)),
        ("What it costs", resources.costs(stacks)),
        ("Tags, metadata, boundaries, and bootstrap", _each(stacks, stack_settings.section)),
    ):
        yield from (f"## {title}", "")
        yield from lines
        yield ""


def _each(stacks: Sequence[Stack], section: Callable[[Stack], Iterable[str]]) -> Iterator[str]:
    """Yield the section of each stack that has one, below the stack's name."""
    for stack in stacks:
        if lines := [*section(stack)]:
            yield from (f"### {code(stack.name)}", "", *lines, "")


def _attention(stacks: Sequence[Stack]) -> Iterator[str]:
    """Yield the differences from Hightouch's tables, and elements that are unknown here."""
    found = [
        line
        for stack in stacks
        for part in (hightouch_rows, statements, resources)
        for line in part.attention(stack)
    ]
    yield from found or [
        "Nothing: every row is as Hightouch documents it, and every statement and resource is "
        "known."
    ]
