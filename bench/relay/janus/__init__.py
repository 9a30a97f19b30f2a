"""The peer: Debian's Janus with its VideoRoom, a publisher of an encoded clip, and subscribers in headless Chromium."""
