"""The checks that call the live hosts. The hosts answer in this process."""

from pathlib import Path

import httpx
import pytest

from tests.support.deployed_example import DeployedExample, findings
from tests.support.distribution_edits import Configuration, edited, set_configuration
from tests.support.dns_server import dns_server
from tests.support.live_hosts import edge, events_proxy, sdk_proxy
from tools.doctor.report import Inconclusive, Note
from tools.preview.edge_function import EdgeFunction


def test_cookie_service_of_the_deployed_package_is_accepted(
    deployed: DeployedExample, tmp_path: Path
) -> None:
    folder = deployed.unpack_function(tmp_path)
    with EdgeFunction(folder, "lambda_edge.handler.handler") as function:
        results = deployed.run_check("cookie service on www.example.com", live=edge(function))
    assert results == []


@pytest.mark.parametrize(
    ("aliases", "hosts"),
    [
        pytest.param(["*.example.com"], ["www.shop.example.com"], id="only-the-wildcard"),
        pytest.param(
            ["*.example.com", "www.example.com"],
            ["www.example.com", "www.shop.example.com"],
            id="with-another-host",
        ),
    ],
)
def test_domain_that_only_a_wildcard_matches_is_checked(
    deployed: DeployedExample, aliases: list[str], hosts: list[str]
) -> None:
    """CloudFront's wildcards match names of any depth, so the domain's distribution is known."""

    def change(configuration: Configuration) -> None:
        set_configuration(Aliases={"Quantity": len(aliases), "Items": aliases})(configuration)
        page = {"ResponsePagePath": "/index.html", "ResponseCode": "200", "ErrorCachingMinTTL": 10}
        responses = {"Quantity": 1, "Items": [{"ErrorCode": 403, **page}]}
        set_configuration(CustomErrorResponses=responses)(configuration)

    with edited(deployed.site, change):
        doctor = deployed.doctor(domain="www.shop.example.com")
    checks = doctor.checks()
    kind = "cookie service on"
    assert [name for name in checks if name.startswith(kind)] == [
        f"{kind} {host}" for host in hosts
    ]
    [hidden] = checks["cookie service on www.shop.example.com"]()
    assert isinstance(hidden, Inconclusive)
    assert hidden.code == "status-replaced"


def test_page_instead_of_the_cookie_service_is_a_finding(deployed: DeployedExample) -> None:
    """A single-page application answers every path like this, and the SDK accepts the answer."""
    results = deployed.run_check(
        "cookie service on www.example.com",
        live=lambda _: httpx.Response(200, html="<title>Shop</title>"),
    )
    [finding] = findings(results)
    assert finding.code == "answer-not-json"
    assert "text/html; charset=utf-8" in finding.problem
    assert finding.problem.endswith(" (both browser cookies; clear with all cookies)")


def test_live_proxies_are_accepted(deployed: DeployedExample) -> None:
    """Without DNS, doctor cannot tell whether CloudFront's caches answer."""
    [note] = deployed.run_check("events through events.example.com", live=events_proxy)
    assert isinstance(note, Note)
    _, result = deployed.run_check("SDK through cdn.example.com", live=sdk_proxy())
    assert isinstance(result, Inconclusive)
    assert result.code == "sdk-cache"
    with dns_server({}) as port:
        results = deployed.run_check(
            "SDK through cdn.example.com", live=sdk_proxy(), zone_port=port
        )
    assert [type(result) for result in results] == [Note]


@pytest.mark.parametrize(
    ("check", "proxy"),
    [
        ("SDK through cdn.example.org", "SDK proxy"),
        ("events through events.example.org", "events proxy"),
    ],
)
def test_proxy_is_not_called_before_the_first_deployment(
    deployed: DeployedExample, check: str, proxy: str
) -> None:
    """Before that, another host may answer, and no setting of a proxy would fix its answer."""
    results = deployed.run_check(
        check, domain="example.org", name="Absent", live=lambda _: httpx.Response(404)
    )
    assert results == [Inconclusive("no-proxy-yet", f"there is no {proxy} yet")]
