"""The wire format of spec/wire.md: headers, control messages, limits, errors."""
