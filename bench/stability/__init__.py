"""Freezes and gaps of a meeting on a bad line."""
