"""`make demo`: a customer funds, withdraws and buys; then the books are compared."""

from __future__ import annotations

import secrets
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import requests
from rich.console import Console
from rich.table import Table

from dev.stack import books
from dev.stack.addresses import ROOT
from dev.stack.client import Customer, Socket, Unexpected, open_socket
from dev.stack.errors import StackError
from dev.stack.stack import Stack
from payflow.kernel import clock

Json = dict[str, Any]
_COPIES = 3
_CONTROL_S = 60.0
# The vendor's test numbers; any other is refused. Source: docs/vendors/vtpass.md, section 6.
_DELIVERED, _PENDING, _REFUSED = "08011111111", "201000000000", "08022222222"


def main() -> int:
    """Returns 0 if every step succeeded and all books agree; otherwise 1, and keeps the logs."""
    console = Console(highlight=False)
    folder = Path(tempfile.mkdtemp(prefix="payflow-demo-"))
    stack = Stack(folder, throwaway=True)
    failed = False
    try:
        with console.status("Starting PayFlow on free ports"):
            stack.start()
        failed = not Demo(console, stack).play()
        stack.check()
    except (Unexpected, requests.RequestException, StackError) as exc:
        failed = True
        console.print(f"The demo failed: {exc}", style="red", markup=False, soft_wrap=True)
    finally:
        with console.status("Stopping PayFlow"):
            stack.stop()
        if failed and (folder / "logs").exists():
            console.print(f"The logs are in {folder / 'logs'}", soft_wrap=True)
        else:
            shutil.rmtree(folder)
    return int(failed)


class Demo:
    """The demo, one method for each chapter. A chapter raises Unexpected if it ends differently."""

    def __init__(self, console: Console, stack: Stack) -> None:
        self._console = console
        self._stack = stack
        self._addresses = addresses = stack.addresses
        self._chapter = 0
        self._ada = Customer(
            addresses.api, email="ada@example.com", password=secrets.token_urlsafe(12)
        )

    def play(self) -> bool:
        """Play all chapters. Returns whether all books agree."""
        self.open_books()
        self.register_customer()
        with open_socket(self._addresses.ws, self._ada.token) as socket:
            first = self.fund(socket)
            self.overpay(socket)
            self.repeat_a_webhook(first)
            self.withdraw(socket)
            self.withdraw_to_a_refused_account(socket)
            self.buy_airtime()
            self.buy_from_a_slow_network(socket)
            self.buy_for_a_refused_number()
            self.buy_data()
        self.list_transactions()
        return self.reconcile() and self.prove_the_books()

    def open_books(self) -> None:
        self._title("What the vendors hold for us is booked")
        self._say(self._manage("open_books").stdout.strip())

    def reconcile(self) -> bool:
        """Reconcile today, as every night does. Returns whether it found no difference."""
        self._title("The night compares every vendor object, and what the vendors hold")
        today = clock.lagos_day(clock.now()).isoformat()
        run = self._manage("reconcile", "--date", today)
        self._say((run.stdout + run.stderr).rstrip())
        return run.returncode == 0

    def _manage(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=ROOT,
            env=self._stack.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def register_customer(self) -> None:
        self._title("Ada opens an account and logs in")
        opened = self._ada.register(first_name="Ada", last_name="Obi")
        self._ada.login()
        self._say(f"{opened['user']['email']} has an empty wallet.")
        self._see_balance("0.00")

    def fund(self, socket: Socket) -> str:
        """Returns the tx_ref of a payment that failed first and then succeeded."""
        self._title("She funds it with NGN 1500.00; her first card is declined")
        funding = self._start(socket, "1500.00")
        self._ada.pay(funding["link"], outcome="failed")
        self._expect(self._push(socket), status="PENDING", amount="1500.00")
        self._see_balance("0.00")
        self._say("She tries another card.")
        self._ada.pay(funding["link"], outcome="successful")
        self._expect(self._push(socket), status="SUCCESS", balance="1500.00")
        self._see_balance("1500.00")
        return str(funding["tx_ref"])

    def overpay(self, socket: Socket) -> None:
        self._title(
            "She asks for NGN 2000.00 and pays 3000.00; the vendor sends the webhook three times"
        )
        self._control("/control/webhooks", duplicate=_COPIES - 1)
        funding = self._start(socket, "2000.00")
        self._ada.pay(funding["link"], outcome="successful", amount="3000.00")
        self._expect(self._push(socket), status="SUCCESS", amount="2000.00", balance="3500.00")
        self._say(f"{_COPIES} copies of its webhook arrived at the same moment: credited once.")
        self._say("She gets what she asked for; the excess waits in suspense for a person.")
        self._see_balance("3500.00")

    def repeat_a_webhook(self, tx_ref: str) -> None:
        self._title("Much later, the vendor repeats the webhook of her first payment")
        deliveries = self._control("/control/webhooks")["deliveries"]
        delivery = [each for each in deliveries if each["reference"] == tx_ref][-1]
        again = self._control("/control/webhooks/send", raw=delivery["body"])
        self._expect(again, status=200)
        self._say("PayFlow answers 200, so the vendor stops repeating it, and changes nothing.")
        self._see_balance("3500.00")

    def withdraw(self, socket: Socket) -> None:
        self._title("She sends NGN 1000.00 to her bank account")
        ended = self._send_money(socket, "1000.00", bank="Access", account_number="0690000031")
        self._expect(ended, status="SUCCESS", balance="2489.25")
        self._see_balance("2489.25")

    def withdraw_to_a_refused_account(self, socket: Socket) -> None:
        self._title("She sends NGN 500.00 to an account whose bank refuses it")
        ended = self._send_money(socket, "500.00", bank="GTBank", account_number="0123456799")
        self._expect(ended, status="FAILED")
        self._say("Amount and fee are released.")
        self._see_balance("2489.25")

    def buy_airtime(self) -> None:
        self._title("She buys NGN 500.00 of airtime")
        bought = self._ada.buy("mtn", _DELIVERED, amount="500.00")
        self._expect(bought, status="SUCCESS", amount="500.00")
        self._say(f"{bought['reference']}: delivered to {bought['meta']['phone']}.")
        self._see_balance("1989.25")

    def buy_from_a_slow_network(self, socket: Socket) -> None:
        self._title("She buys NGN 300.00 more, and the network is slow")
        self._control("/control/vtpass/policy", pending_s=1, pending_outcome="delivered")
        bought = self._ada.buy("glo", _PENDING, amount="300.00")
        self._expect(bought, status="PENDING")
        self._say(f"{bought['reference']}: the purchase is pending; the money is held.")
        state = socket.join(bought["reference"])
        ended = self._push(socket) if state["status"] == "PENDING" else state
        self._expect(ended, status="SUCCESS", balance="1689.25")
        self._see_balance("1689.25")

    def buy_for_a_refused_number(self) -> None:
        self._title("She buys NGN 200.00 for a number that the network refuses")
        bought = self._ada.buy("airtel", _REFUSED, amount="200.00")
        self._expect(bought, status="FAILED")
        self._say(f"{bought['reference']}: {bought['reason']}")
        self._see_balance("1689.25")

    def buy_data(self) -> None:
        self._title("She buys a data bundle")
        plan = next(each for each in self._ada.plans("mtn-data") if each["amount"] == "1000.00")
        bought = self._ada.buy("mtn-data", _DELIVERED, variation_code=plan["variation_code"])
        self._expect(bought, status="SUCCESS", amount="1000.00")
        self._say(f"{bought['reference']}: {plan['name']}, at the price in the catalogue.")
        self._see_balance("689.25")

    def list_transactions(self) -> None:
        self._title("Her transactions")
        table = Table(box=None, padding=(0, 1), pad_edge=False)
        for name in ("Time", "Reference", "Type", "Status", "Naira"):
            table.add_column(name, justify="right" if name == "Naira" else "left", overflow="fold")
        for each in self._ada.transactions():
            time = each["created_at"][:19].replace("T", " ")
            table.add_row(time, each["reference"], each["type"], each["status"], each["amount"])
        self._console.print(table)

    def prove_the_books(self) -> bool:
        self._title("The books, read without the application")
        lines = books.compare(
            self._addresses,
            api_wallet=self._ada.wallet(),
            api_transactions=self._ada.transactions(),
        )
        self._console.print(books.table_of(lines))
        agreed = all(line.agrees for line in lines)
        verdict = "[bold green]All books agree.[/]" if agreed else "[bold red]Books differ.[/]"
        self._console.print(verdict)
        return agreed

    def _start(self, socket: Socket, naira: str) -> Json:
        funding = self._ada.fund(naira)
        self._say(f"{funding['tx_ref']}: pay at {funding['link']}")
        state = socket.join(funding["tx_ref"])
        self._expect(state, reference=funding["tx_ref"], status="PENDING", seq=1)
        return funding

    def _send_money(self, socket: Socket, naira: str, *, bank: str, account_number: str) -> Json:
        """Returns the final state of the transfer."""
        account = self._ada.bank_account(bank, account_number)
        self._say(f"{account['bank']} says that {account_number} is {account['account_name']}'s.")
        fee = self._ada.fee(naira)
        sent = self._ada.withdraw(naira, account)
        self._say(f"{sent['tx_ref']}: {naira} and a fee of {fee} are held.")
        state = socket.join(sent["tx_ref"])
        # The transfer may have ended before the join.
        return self._push(socket) if state["status"] == "PENDING" else state

    def _push(self, socket: Socket) -> Json:
        push = socket.next_push()
        reason = f" ({push['reason']})" if push["reason"] else ""
        balance = f", balance {push['balance']}" if push["balance"] else ""
        self._say(f"Pushed #{push['seq']}: {push['amount']} {push['status']}{reason}{balance}")
        return push

    def _see_balance(self, naira: str) -> None:
        wallet = self._ada.wallet()
        self._expect(wallet, balance=naira, held="0.00", available=naira)
        self._say(f"Balance: NGN {wallet['balance']}")

    def _expect(self, answer: Json, **wanted: object) -> None:
        for name, value in wanted.items():
            if answer[name] != value:
                raise Unexpected(f"{name} should be {value!r} and is {answer[name]!r} in {answer}")

    def _control(self, path: str, **body: object) -> Json:
        """Change the sandbox's behaviour; without a body, read its state."""
        url = self._addresses.sandbox + path
        response = (
            requests.post(url, json=body, timeout=_CONTROL_S)
            if body
            else requests.get(url, timeout=_CONTROL_S)
        )
        response.raise_for_status()
        answer: Json = response.json()
        return answer

    def _title(self, text: str) -> None:
        self._chapter += 1
        self._console.print(f"\n[bold]{self._chapter}. {text}[/bold]")

    def _say(self, text: str) -> None:
        # Names and reasons come from outside, so markup in them is not interpreted.
        self._console.print(f"   {text}", markup=False, soft_wrap=True)
