"""The sandbox as a program: start, stop, and what it remembers after a kill."""

import subprocess
import sys

import requests


def test_the_first_line_names_the_address(start_sandbox):
    """The ready line names the address that answers, and SIGTERM ends the program with 0."""
    sandbox = start_sandbox()

    health = requests.get(f"{sandbox.url}/health", timeout=15).json()

    assert sandbox.first_line.startswith("sandbox ready on http://127.0.0.1:")
    assert health == {"status": "ok", "vendors": ["flutterwave", "vtpass"]}
    assert sandbox.stop() == 0


def test_links_begin_with_the_public_address(start_sandbox):
    """With --public-url, payment links begin with that address."""
    sandbox = start_sandbox("--public-url", "https://pay.example/")

    assert sandbox.create_link().startswith("https://pay.example/flutterwave/checkout/")


def test_a_wrong_option_stops_the_start():
    """An option out of range ends the program with code 2 and a message."""
    ended = subprocess.run(
        [sys.executable, "-m", "dev.sandbox", "--port", "65536"],
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert ended.returncode == 2
    assert "argument --port" in ended.stderr
    assert ended.stdout == ""


def test_a_killed_sandbox_restores_flutterwave(start_sandbox, receiver, tmp_path):
    """With a journal, links, payments and undelivered webhooks survive a kill; ids go on."""
    options = ("--journal", str(tmp_path / "journal"), "--flutterwave-webhook-url", receiver.url)
    first = start_sandbox(*options)
    first.set_webhook_policy(hold=True)
    link = first.create_link("WLT-2")
    transaction_id = first.pay("WLT-1", amount="8000.07")
    first.send_transfer(account_number="0123456798")
    books = first.get_books()
    first.stop(kill=True)

    second = start_sandbox(*options)

    ((_, body),) = receiver.wait_for(1)
    assert body["data"]["id"] == transaction_id
    assert second.get_books() == books
    moved = link.replace(first.url, second.url)
    assert second.press(moved).json()["transaction_id"] > transaction_id


def test_a_killed_sandbox_restores_vtpass(start_sandbox, callbacks, tmp_path, request_id):
    """With a journal, purchases, the float and undelivered callbacks survive a kill."""
    options = (
        *("--journal", str(tmp_path / "journal")),
        *("--vtpass-callback-url", callbacks.url),
        *("--vtpass-float-naira", "5000.50"),
    )
    first = start_sandbox(*options)
    first.set_webhook_policy(vendor="vtpass", hold=True)
    first.buy(request_id, phone="201000000000")
    first.decide_purchase(request_id, "delivered")
    first.buy()
    books = first.get_vtpass_books()
    first.stop(kill=True)

    second = start_sandbox(*options)

    ((_, body),) = callbacks.wait_for(1)
    assert body["data"]["requestId"] == request_id
    assert second.get_vtpass_books() == books
    assert books["float_kobo"] == 5_000_50 - 2 * 482_50
    assert second.buy(request_id).json()["code"] == "014"


def test_a_damaged_journal_stops_the_start(tmp_path):
    """A journal that cannot be read ends the program with code 1 and the number of the line."""
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
    assert journal.read_text() == "not json\n"


def test_the_sandbox_imports_nothing_of_the_product():
    """The program starts without Django and without any other package of this project."""
    program = "import sys, dev.sandbox.server; print(*sys.modules)"
    modules = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    ).stdout.split()

    others = ("django", "payflow", "accounts", "wallets", "airtime", "notifications")
    assert not [name for name in modules if name.partition(".")[0] in others]
    assert not [name for name in modules if name.startswith("dev.stack")]
