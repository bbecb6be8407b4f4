"""Onboarding: a new customer gets a sign-in and a wallet, together or not at all."""
