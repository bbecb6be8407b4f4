"""`manage.py open_books`: book what vendors hold for us, and what we paid in or out since."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from payflow.kernel import clock
from payflow.kernel.errors import VendorError
from payflow.kernel.money import NotExactKobo, to_kobo, to_naira_text
from wallets import flows
from wallets.house import book_top_up, is_opened
from wallets.oversight.houses import sum_account


class Command(BaseCommand):
    help = (
        "Book each vendor's balance as the opening balance of its house account. From then on "
        "every reconciliation compares the account with the vendor. Money that you pay in at a "
        "vendor later, or that a vendor pays out to your bank, is booked with --account and "
        "--naira."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--account", help="a house account, such as float:vtpass")
        parser.add_argument("--naira", help="what was paid in; negative for what was paid out")

    def handle(self, *args: Any, **options: Any) -> None:
        if bool(options["account"]) != bool(options["naira"]):
            raise CommandError("Give --account and --naira together.")
        if options["account"]:
            self._move(options["account"], options["naira"])
        else:
            self._open()

    def _open(self) -> None:
        for house in flows.house_accounts():
            if is_opened(house.account):
                self.stdout.write(f"{house.account} is open already.")
                continue
            try:
                kobo = house.read_balance()
            except VendorError as exc:
                raise CommandError(f"{house.vendor}: {exc.message}") from exc
            gap = kobo + house.count_in_flight() - sum_account(house.account)
            book_top_up(house.account, kobo=gap, reason="The opening balance.", now=clock.now())
            self.stdout.write(f"{house.account} opens with {to_naira_text(kobo)}.")

    def _move(self, account: str, naira: str) -> None:
        if account not in {house.account for house in flows.house_accounts()}:
            raise CommandError(f"{account} is no house account.")
        if not is_opened(account):
            raise CommandError("Run open_books without options first.")
        try:
            kobo = to_kobo(naira)
        except NotExactKobo as exc:
            raise CommandError(str(exc)) from exc
        if not kobo:
            raise CommandError("Nothing was moved.")
        booked = book_top_up(
            account, kobo=kobo, reason="Moved between a vendor and our bank.", now=clock.now()
        )
        self.stdout.write(f"{booked.reference}: {account} moved by {to_naira_text(kobo)}.")
