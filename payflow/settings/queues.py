"""The queue of each task. Reads no environment, so that tools outside Django can use it."""

# The first pattern that matches decides.
TASK_ROUTES = {
    "wallets.process_webhook_event": "wallet.events",
    "wallets.sweep_inbox": "wallet.events",
    # Each waits for a vendor. A slow vendor fills the workers of this queue, not of webhooks.
    "wallets.send_transfer": "wallet.transfers",
    "wallets.requery": "wallet.transfers",
    "wallets.*": "reconciliation",
    "airtime.requery": "airtime.requery",
    "airtime.*": "reconciliation",
    "notifications.*": "notifications",
    # A slow mail server delays mail alone.
    "accounts.*": "mail",
}
DEFAULT_QUEUE = "wallet.events"
QUEUES = tuple(dict.fromkeys(TASK_ROUTES.values()))
