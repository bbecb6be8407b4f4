from django.urls import path

from wallets import views
from wallets.flutterwave.views import FlutterwaveWebhook
from wallets.funding.views import Fund
from wallets.withdrawals.views import Banks, VerifyBank, Withdraw, WithdrawFee

urlpatterns = [
    path("", views.WalletView.as_view()),
    path("toggle-activity", views.ToggleActivity.as_view()),
    path("transactions", views.Transactions.as_view()),
    path("transactions/<str:reference>", views.TransactionView.as_view()),
    path("fund", Fund.as_view()),
    path("withdraw", Withdraw.as_view()),
    path("withdraw/fee", WithdrawFee.as_view()),
    path("flutterwave/get-banks", Banks.as_view()),
    path("flutterwave/verify-bank", VerifyBank.as_view()),
    path("flutterwave/webhook", FlutterwaveWebhook.as_view()),
]
