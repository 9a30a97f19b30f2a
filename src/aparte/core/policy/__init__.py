"""Who may do what in a meeting: rights, charter, policy, persons and admissions. For clients and for the server."""
