"""Accounts as they run: passwords, sessions, second factors, tickets (spec/accounts.md)."""
