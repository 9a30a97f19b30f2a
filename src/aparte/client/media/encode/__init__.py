"""From pictures and samples to frames that can be sealed."""
