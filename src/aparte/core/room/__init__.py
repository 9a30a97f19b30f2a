"""The rules of one meeting."""
