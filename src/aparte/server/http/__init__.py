"""Pages and API: everything on the port that is not a link."""
