"""Onboarding: creates a user and a wallet together."""
