"""``python -m aparte.cli``: the same commands without the installed script."""

from aparte.cli import main

main()
