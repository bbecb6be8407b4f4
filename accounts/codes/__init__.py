"""Codes by e-mail: whoever types the code back can read the mailbox of the address.

A code serves one purpose: it verifies the address, or replaces a forgotten password or PIN.
"""
