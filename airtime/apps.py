from django.apps import AppConfig


class AirtimeConfig(AppConfig):
    """Registers the flow of this app, and its tasks in every process that may publish them."""

    name = "airtime"

    def ready(self) -> None:
        import airtime.purchases.tasks
        import airtime.tasks  # noqa: F401
        from airtime import vendor
        from airtime.purchases.chart import FLOAT_VTPASS
        from airtime.purchases.flow import FLOW as PURCHASE_FLOW
        from wallets import flows

        flows.register(PURCHASE_FLOW)
        flows.register_house_account(
            flows.HouseAccount(
                account=FLOAT_VTPASS,
                vendor=vendor.VENDOR,
                read_balance=lambda: vendor.client().balance_kobo(),
            )
        )
