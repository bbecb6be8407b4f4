from django.apps import AppConfig


class AirtimeConfig(AppConfig):
    name = "airtime"

    def ready(self) -> None:
        # The web publishes them as well: the admin's "Ask the vendor again" looks one up.
        from airtime import tasks  # noqa: F401
        from airtime.clients import vtpass
        from airtime.services import callbacks, outcomes, statements
        from wallets.documents import Type
        from wallets.services import inbox, reconciliation, requery

        inbox.HANDLERS[vtpass.PROVIDER] = callbacks.handle
        requery.PLANS |= {Type.AIRTIME: outcomes.PLAN, Type.DATA: outcomes.PLAN}
        reconciliation.SOURCES.append(statements.Purchases())
