from django.urls import path

from accounts import views
from accounts.codes import views as codes
from accounts.pins import views as pins

urlpatterns = [
    path("login", views.Login.as_view()),
    path("refresh", views.Refresh.as_view()),
    path("logout", views.Logout.as_view()),
    path("logout-everywhere", views.LogoutEverywhere.as_view()),
    path("sessions", views.Sessions.as_view()),
    path("sessions/<str:session_id>", views.SessionView.as_view()),
    path("me", views.Me.as_view()),
    path("verify-email", codes.VerifyEmail.as_view()),
    path("verify-email/code", codes.VerifyEmailCode.as_view()),
    path("forgot-password", codes.ForgotPassword.as_view()),
    path("reset-password", codes.ResetPassword.as_view()),
    path("pin", pins.Pin.as_view()),
    path("pin/change", pins.PinChange.as_view()),
    path("pin/reset", pins.PinReset.as_view()),
    path("pin/reset-code", pins.PinResetCode.as_view()),
    path("password", views.Password.as_view()),
]
