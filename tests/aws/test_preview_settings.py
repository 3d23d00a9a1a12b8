"""A preview with the settings of real deployments in the context files."""

import json
import os
import re
import subprocess
from pathlib import Path

from tests.support.checkout import Checkout
from tests.support.started_preview import preview, send_request

SETTINGS = {
    "alarm_topic_arn": "arn:aws:sns:us-east-1:111122223333:on-call",
    "silence_alarm_hours": 24,
    "hosted_zone_id": "Z1D633PJN98FT9",
    "web_acl_arn": (
        "arn:aws:wafv2:us-east-1:111122223333:global/webacl/proxies/"
        "12345678-1234-1234-1234-123456789012"
    ),
    "deployments": {
        "staging": {
            "domain": "staging.example.com",
            "sdk_domain": "js.example.com",
            "renew_path": "/id/renew",
            "hightouch_region": "eu-west-1",
            "site_distribution_id": "E2QWRUHAPOMQZL",
        }
    },
}


def test_preview_ignores_hosts_and_aws_resources_in_context_files(tmp_path: Path) -> None:
    """The printed doctor command ignores them, too. Other settings apply."""
    scratch, home = tmp_path / "scratch", tmp_path / "home"
    for made in (scratch, home):
        made.mkdir()
    checkout = Checkout.make(tmp_path / "checkout", {**os.environ, "HOME": str(home)})
    (checkout.folder / "cdk.context.json").write_text(json.dumps(SETTINGS))
    (home / ".cdk.json").write_text(json.dumps({"context": {"another_projects_key": 1}}))

    options = ("--port", "0", "-c", "deployment=staging")
    with preview(*options, scratch=scratch, folder=checkout.folder, HOME=str(home)) as started:
        started.wait_for("Ctrl-C ends it")
        site = started.read_line("Open http://").strip().removeprefix("Open http://")
        posted = send_request("POST", f"http://events.{site}/v1/track", json={"event": "x"})
        printed = re.findall(
            r"^  (export .*|.*\.venv/bin/python .*)$", started.stderr, re.MULTILINE
        )
        doctor = subprocess.run(
            ["bash", "-c", "\n".join(printed)],
            cwd=checkout.folder,
            env=checkout.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    assert posted.json() == {"success": True}
    assert "events go to Hightouch's region eu-west-1; " in doctor.stdout
    assert doctor.returncode == 0, doctor.stdout + doctor.stderr
    assert "\n0 of " in doctor.stdout
    assert "SDK through cdn.shop.localhost" in doctor.stdout
    assert "cookie service on shop.localhost" in doctor.stdout
