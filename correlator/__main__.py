"""``python -m correlator``: the command line, wherever it is installed."""

from correlator.cli import main

main()
