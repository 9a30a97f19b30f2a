"""Aparté: end-to-end encrypted meetings in one process on one port."""
