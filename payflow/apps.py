from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


class PayflowConfig(AppConfig):
    """Registers MongoEngine on Django's client, and the Celery application.

    Both are needed in every process: views, the admin, commands and tests publish tasks.
    """

    name = "payflow"

    def ready(self) -> None:
        import celery_app  # noqa: F401
        from payflow import upgrades
        from payflow.kernel import db

        db.register()
        # This app has no models, so the signal names the app of the documents.
        post_migrate.connect(upgrades.apply_upgrades, sender=apps.get_app_config("wallets"))
