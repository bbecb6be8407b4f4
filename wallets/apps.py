from django.apps import AppConfig
from django.db.models.signals import post_migrate


class WalletsConfig(AppConfig):
    """Registers the flows of this app, and its tasks in every process that may publish them."""

    name = "wallets"
    default_auto_field = "django_mongodb_backend.fields.ObjectIdAutoField"

    def ready(self) -> None:
        import wallets.inbox.tasks
        import wallets.oversight.tasks
        import wallets.tasks
        import wallets.withdrawals.tasks  # noqa: F401
        from payflow.kernel import db
        from wallets import flows
        from wallets.funding.flow import FLOW as FUNDING_FLOW
        from wallets.funding.flow import UNMATCHED_FLOW
        from wallets.withdrawals import balances, charges, unmatched
        from wallets.withdrawals.flow import FLOW as WITHDRAWAL_FLOW

        flows.register(FUNDING_FLOW)
        flows.register(UNMATCHED_FLOW)
        flows.register(WITHDRAWAL_FLOW)
        flows.register(charges.FLOW)
        flows.register(unmatched.FLOW)
        flows.register_house_account(balances.GATEWAY)
        # Once per `manage.py migrate`; any app with models could be the sender.
        post_migrate.connect(db.ensure_indexes, sender=self)
