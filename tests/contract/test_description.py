"""The OpenAPI description is true: nothing that it generates is answered otherwise than it says.

Schemathesis makes requests from the description, right ones and wrong ones, and sends them to a
running PayFlow. It checks that no answer is a 5xx, and that status, headers and body of each are
described.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from django.core.management import call_command

from dev.stack.addresses import ROOT
from payflow.api.errors import HTTP_STATUSES
from tests.support.site import Site

CONFIG = Path(__file__).with_name("schemathesis.toml")
COMMITTED = ROOT / "docs" / "openapi.yml"
# These end the session with which the requests are made.
ENDING = "auth/(logout|password|reset-password|logout-everywhere|sessions)"


def find_violations(site: Site, folder: Path, *options: str) -> str:
    """What Schemathesis reports; empty if it finds nothing. It keeps its notes in the folder."""
    # One worker: CPython 3.11 cannot parse Python in two threads at once, as Hypothesis does.
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG)]
    command += ["run", f"{site.api}/schema", "--workers", "1", "--seed", "1", "--no-color"]
    run = subprocess.run(
        [*command, "--max-examples", "10", "--continue-on-failure", *options],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    print(run.stdout, run.stderr)  # pytest shows it if the test fails
    return "" if run.returncode == 0 else "see what Schemathesis prints"


def test_a_signed_in_customer_gets_what_is_described(site: Site, tmp_path: Path) -> None:
    """With money in the wallet, also in sequences that the description links."""
    customer = site.new_customer("90000.00")
    token = f"Authorization: Bearer {customer.token}"

    assert find_violations(site, tmp_path, "-H", token, "--exclude-path-regex", ENDING) == ""


def test_somebody_who_is_not_signed_in_gets_what_is_described(site: Site, tmp_path: Path) -> None:
    """Every operation, those that end sessions too."""
    assert find_violations(site, tmp_path, "--phases", "examples,coverage") == ""


def test_the_committed_description_is_the_one_that_is_served(tmp_path: Path, db: None) -> None:
    """A change of the API is seen in review; `make schema` writes it."""
    call_command("spectacular", file=str(tmp_path / "openapi.yml"), validate=True)

    assert (tmp_path / "openapi.yml").read_text() == COMMITTED.read_text()


def test_every_error_code_has_an_example() -> None:
    """Some operation says that it can answer it; staff's pages and tasks alone raise the others."""
    text = COMMITTED.read_text()

    missing = {code for code in HTTP_STATUSES if f"summary: {code}\n" not in text}
    assert missing == {"vendor_rejected", "outcome_unknown", "lock_not_lifted", "suspense_empty"}
