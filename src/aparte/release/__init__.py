"""What a release delivers to browsers, and whether a server delivers it (spec/pages.md)."""
