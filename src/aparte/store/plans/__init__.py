"""Planned meetings, their levels, invitations and histories, as they are kept."""
