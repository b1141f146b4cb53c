"""What a refit costs: CPU seconds and peak memory over many made issues, and placing one more.

python -m benchmarks.classes_refit [ISSUES]
"""

import resource
import sys
import time
from collections import Counter

from benchmarks.class_issues import made_issues
from correlator.classes.model import read_model, write_model
from correlator.classes.refitting import refit, with_ids
from correlator.types import Taught

ISSUES = 50_000
PLACED = 500


def main() -> None:
    """Print issues, classes, CPU seconds, peak memory, and milliseconds to place an issue."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else ISSUES
    made = list(made_issues(count, max(count // 60, 5)))
    base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    began = time.process_time()
    found = refit([one for one, _ in made], {}, Taught())
    model = with_ids(found.model(), {of: abs(of) for of in set(found.settled.members.values())})
    spent = time.process_time() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{count} issues: {found.metrics['classes']} classes, {spent:.1f} CPU s,", end=" ")
    print(f"peak {peak:.0f} MB ({base:.0f} MB before)")
    truth = {one.issue_id: of for one, of in made}
    pure = sum(
        Counter(truth[one] for one in issues).most_common(1)[0][1]
        for issues in found.members().values()
    )
    print(f"in a class: {found.metrics['in_a_class']}, of its majority's making: {pure}")
    began = time.process_time()
    text = write_model(model)
    again = read_model(text)
    print(
        f"model: {len(text) / 1e6:.1f} MB, written and read in {time.process_time() - began:.2f} s"
    )
    began = time.process_time()
    for one, _ in made[:PLACED]:
        again.place(one.tokens)
    print(f"placing an issue: {(time.process_time() - began) / PLACED * 1000:.2f} CPU ms")


if __name__ == "__main__":
    main()
