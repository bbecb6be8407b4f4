"""Sockets, and what is pushed over them."""
