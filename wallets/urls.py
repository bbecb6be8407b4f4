from django.urls import path

from wallets import views
from wallets.flutterwave import views as webhooks

urlpatterns = [
    path("", views.WalletView.as_view()),
    path("toggle-activity", views.ToggleActivity.as_view()),
    path("fund", views.Fund.as_view()),
    path("withdraw", views.Withdraw.as_view()),
    path("withdraw/fee", views.WithdrawFee.as_view()),
    path("flutterwave/get-banks", views.Banks.as_view()),
    path("flutterwave/verify-bank", views.VerifyBank.as_view()),
    path("flutterwave/webhook", webhooks.FlutterwaveWebhook.as_view()),
    path("transactions", views.Transactions.as_view()),
    path("transactions/<str:reference>", views.TransactionView.as_view()),
]
