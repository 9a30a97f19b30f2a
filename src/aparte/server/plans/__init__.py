"""Planned meetings as they run: who plans, who is invited and told, who is let in, what is remembered."""
