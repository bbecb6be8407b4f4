from django.apps import AppConfig


class AirtimeConfig(AppConfig):
    name = "airtime"

    def ready(self) -> None:
        # The web publishes them as well: the admin's "Ask the vendor again" looks one up.
        from airtime import (
            tasks,  # noqa: F401
            vtpass,
        )
        from airtime.purchases import events, outcomes, statements
        from wallets import requery
        from wallets.inbox import services as inbox
        from wallets.ledger.documents import TransactionType
        from wallets.oversight import reconciliation

        inbox.HANDLERS[vtpass.VENDOR] = events.handle
        requery.PLANS |= {
            TransactionType.AIRTIME: outcomes.PLAN,
            TransactionType.DATA: outcomes.PLAN,
        }
        reconciliation.SOURCES.append(statements.Purchases())
