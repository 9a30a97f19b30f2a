"""Parts of bench/meeting.py."""
