"""Whose picture and voice it is: each sender signs what it has sent, each receiver compares (spec/attest.md)."""
