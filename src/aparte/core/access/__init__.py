"""Who may do what at a server, and what a login has to satisfy (spec/accounts.md)."""
