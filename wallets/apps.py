from django.apps import AppConfig
from django.db.models.signals import post_migrate


class WalletsConfig(AppConfig):
    name = "wallets"
    default_auto_field = "django_mongodb_backend.fields.ObjectIdAutoField"

    def ready(self) -> None:
        from payflow.kernel import db
        from wallets import flutterwave
        from wallets.flutterwave import events
        from wallets.inbox import services as inbox

        inbox.HANDLERS[flutterwave.VENDOR] = events.handle
        # Once per `manage.py migrate`; any app with models would do as the sender.
        post_migrate.connect(db.ensure_indexes, sender=self)
