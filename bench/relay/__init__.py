"""What the relay costs: processor time, memory and delay per subscriber, beside a tuned peer."""
