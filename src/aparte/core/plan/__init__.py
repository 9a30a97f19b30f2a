"""Planned meetings: security levels, when a meeting takes place, who is invited, who may enter. Pure."""
