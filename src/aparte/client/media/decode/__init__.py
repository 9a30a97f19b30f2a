"""From opened frames to pictures and samples."""
