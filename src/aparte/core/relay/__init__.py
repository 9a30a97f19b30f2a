"""Which links receive a sealed frame, and what each one keeps or drops."""
