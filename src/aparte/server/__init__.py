"""The shell around core on one port."""
