from django.apps import AppConfig


class AirtimeConfig(AppConfig):
    """Registers the flow of this app, and its tasks in every process that may publish them."""

    name = "airtime"

    def ready(self) -> None:
        import airtime.purchases.tasks
        import airtime.tasks  # noqa: F401
        from airtime.purchases.flow import FLOW as PURCHASE_FLOW
        from wallets import flows

        flows.register(PURCHASE_FLOW)
