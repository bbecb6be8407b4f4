"""Showing customers how their transactions stand: sockets, pushes and outcome pages."""
