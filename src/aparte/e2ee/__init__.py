"""e2ee seals and opens: clients only, never reachable from the server."""
