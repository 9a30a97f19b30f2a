"""Which frame depends on which, and what is dropped first (spec/layers.md)."""
