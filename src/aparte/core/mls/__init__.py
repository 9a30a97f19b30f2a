"""The public half of MLS (RFC 9420): everything that can be read, checked and computed without a secret."""
