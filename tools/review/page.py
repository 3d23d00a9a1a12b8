"""The review: one Markdown page about the stacks of a cloud assembly."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from tools.review import exposure, hightouch_rows, resources, stack_settings, statements
from tools.review.assembly import AssemblyError, Stack
from tools.review.values import code


def page(stacks: Sequence[Stack]) -> str:
    """Return the page. It says what the templates state, and nothing about an AWS account.

    Raises AssemblyError if a template is not one that CloudFormation accepts.
    """
    try:
        text = "\n".join(_lines(stacks))
    except (AttributeError, KeyError, TypeError) as error:
        # No schema of CloudFormation's is at hand to check the templates with before.
        raise AssemblyError(
            f"a template has another form than CloudFormation's ({type(error).__name__}: {error}); "
            "run npx cdk synth again, and cfn-lint on its templates"
        ) from error
    return re.sub("\n{3,}", "\n\n", text).strip() + "\n"


def _lines(stacks: Sequence[Stack]) -> Iterator[str]:
    yield "# Review of the deployment"
    yield ""
    yield (
        "From the synthesized templates, without AWS. `${Id}` is the resource with that logical "
        "ID, and `${Id.Arn}` its ARN."
    )
    yield ""
    for title, lines in (
        ("Look at these first", _attention(stacks)),
        ("Hightouch's tables and the templates", _each(stacks, hightouch_rows.section)),
        ("What touches live distributions", exposure.live_distributions(stacks)),
        ("Who can use the role that changes distributions", exposure.standing_role(stacks)),
        ("Who can run up the bill", exposure.bill(stacks)),
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
    """Yield what differs from Hightouch's tables, and what this project does not know."""
    found = [
        line
        for stack in stacks
        for part in (hightouch_rows, statements, resources)
        for line in part.attention(stack)
    ]
    yield from found or ["Every row is Hightouch's, and every statement and resource is known."]
