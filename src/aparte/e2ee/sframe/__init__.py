"""Sealed frames (RFC 9605): one base key an epoch, one key and one rising counter a sender and context."""
