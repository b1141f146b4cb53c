"""Trains the model of kinds that is shipped, from the labels in the repository.

    python -m benchmarks.fit_kinds [--write]

The figures are out of fold. The same labels give the same file.
"""

import argparse
import json

from correlator.kinds.fit import fitted
from correlator.kinds.labels import read_labels
from correlator.kinds.model import SHIPPED, write_model

VERSION = "2026.11"


def main() -> None:
    """Train, print the figures, write if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    data = fitted(read_labels(), VERSION)
    print(json.dumps({name: data[name] for name in ("version", "sharpness", "metrics")}, indent=2))
    if given.write:
        text = write_model(data)
        SHIPPED.write_text(text, encoding="utf-8")
        print(f"written to {SHIPPED.name}: {len(text) // 1024} KiB, {len(data['weights'])} words")


if __name__ == "__main__":
    main()
