"""Where media comes from: files, devices, and pictures and tones that are made up."""
