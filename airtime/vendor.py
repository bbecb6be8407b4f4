"""The vendor of airtime and data, and its client. The services use both through this module."""

from __future__ import annotations

from airtime import vtpass
from airtime.clients import AirtimeClient

VENDOR = vtpass.VENDOR
# The service id under which the vendor sells airtime for other countries.
INTERNATIONAL_AIRTIME = vtpass.INTERNATIONAL_AIRTIME
is_enabled = vtpass.is_enabled
new_request_id = vtpass.new_request_id
read_hint = vtpass.read_hint
Hint = vtpass.Hint


def client() -> AirtimeClient:
    """The vendor's client is a module: its functions are the methods of the Protocol."""
    return vtpass
