"""The check of resources that earlier deployments left, and the commands that delete them."""

import pytest

from attachment.finding import Finding
from tests.support.checkout import Checkout
from tests.support.customer import behavior, behaviors, create_distribution
from tests.support.deployed_example import DeployedExample
from tests.support.distribution_edits import (
    edited,
    put_configuration,
    put_first,
    read_configuration,
    service_behavior,
)
from tools.doctor.report import Note


@pytest.fixture(scope="module")
def left(aws: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> DeployedExample:
    """A deployment that published two versions, and a distribution that another tool manages."""
    context = {"domain": "example.org", "name": "Left"}
    checkout = Checkout.make(tmp_path_factory.mktemp("left") / "checkout", aws)
    site = create_distribution(behavior(PathPattern="/api/*"), alias="www.example.org")
    for age in ("30", "60"):
        checkout.deploy("Left-CookieService", "name=Left", f"cookie_max_age_days={age}")
    outputs = checkout.outputs("Left-CookieService")
    return DeployedExample(checkout=checkout, site=site, context=context, outputs=outputs)


def test_first_deployment_leaves_nothing(deployed: DeployedExample) -> None:
    assert deployed.run_check("leftovers") == []


def test_each_leftover_has_the_command_that_deletes_it(left: DeployedExample) -> None:
    """The test deletes an older version, and then everything that `cdk destroy` retains."""
    newest = left.version
    function_arn, _, number = newest.rpartition(":")
    function = function_arn.rpartition(":")[2]
    older = f"{function_arn}:{int(number) - 1}"
    unused = f"no distribution uses version {int(number) - 1} of {function}; "

    # The older version is needed while a distribution runs it.
    with edited(left.site, put_first(service_behavior("/ht/renew", older))):
        assert left.run_check("leftovers") == []
    [note] = left.run_check("leftovers")
    assert isinstance(note, Note)
    assert note.code == "unused-version"
    assert note.text.startswith(unused)
    assert "for some hours" in note.text
    assert "try again the next day: aws " in note.text
    left.run_abroad(note.text.partition(": ")[2])
    assert left.run_check("leftovers") == []

    configuration = read_configuration(left.site)
    put_first(service_behavior("/ht/renew", newest))(configuration)
    put_configuration(left.site, configuration)
    left.checkout.destroy("Left-CookieService", "name=Left")
    [orphan] = left.run_check("leftovers")
    assert isinstance(orphan, Finding)
    assert orphan.code == "function-without-stack"
    assert orphan.problem == (
        f"{left.site} runs the function {function_arn} on /ht/renew, and no stack manages this "
        "function"
    )
    _, _, commands = orphan.fix.partition("\n")
    left.run_abroad(commands)
    assert behaviors(left.site) == [("/api/*", "")]

    retained = left.run_check("leftovers")
    assert [result.code for result in retained] == ["unused-function", "unused-role"]
    for result in retained:
        assert isinstance(result, Note)
        left.run_abroad(result.text.partition(": ")[2])
    assert left.run_check("leftovers") == []
