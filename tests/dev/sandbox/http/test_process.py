import subprocess
import sys

import requests


def test_the_first_line_says_where_it_listens(start_sandbox):
    """The ready line names the address that answers, and SIGTERM ends the program cleanly."""
    sandbox = start_sandbox()

    health = requests.get(f"{sandbox.url}/health", timeout=15).json()

    assert sandbox.first_line.startswith("sandbox ready on http://127.0.0.1:")
    assert health == {"status": "ok", "vendors": ["flutterwave", "vtpass"]}
    assert sandbox.stop() == 0


def test_links_lead_to_the_public_address(start_sandbox):
    """Behind another address, links name that one."""
    sandbox = start_sandbox("--public-url", "https://pay.example/")

    assert sandbox.link().startswith("https://pay.example/flutterwave/checkout/")


def test_a_killed_sandbox_remembers_and_still_delivers(start_sandbox, receiver, tmp_path):
    """With a journal, links, payments and owed webhooks outlive a kill."""
    options = ("--journal", str(tmp_path / "journal"), "--flutterwave-webhook-url", receiver.url)
    first = start_sandbox(*options)
    first.control("POST", "/webhooks", json={"hold": True})
    link = first.link("WLT-2")
    transaction_id = first.pay("WLT-1", amount="8000.07")
    books = first.books()
    first.stop(kill=True)

    second = start_sandbox(*options)

    ((_, body),) = receiver.wait_for(1)
    assert body["data"]["id"] == transaction_id
    assert second.books() == books
    moved = link.replace(first.url, second.url)
    assert second.press(moved).json()["transaction_id"] > transaction_id


def test_a_damaged_journal_stops_the_start(tmp_path):
    """A journal that cannot be read ends the program with a message and code 1."""
    journal = tmp_path / "journal"
    journal.write_text("not json\n")

    ended = subprocess.run(
        [sys.executable, "-m", "dev.sandbox", "--port", "0", "--journal", str(journal)],
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert ended.returncode == 1
    assert "line 1" in ended.stderr
    assert ended.stdout == ""


def test_nothing_but_the_sandbox_is_imported():
    """The program starts without Django and without any other part of this project."""
    listed = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, dev.sandbox.server; print(*sys.modules)",
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    ).stdout.split()

    others = ("django", "payflow", "accounts", "wallets", "airtime", "notifications")
    assert not [name for name in listed if name.partition(".")[0] in others]
    assert not [name for name in listed if name.startswith("dev.stack")]
