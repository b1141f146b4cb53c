"""Functions that many of a project's earlier issues go through: transport and dispatch.

A middleware, a runner, a dispatcher stands in one trace in five and is at fault in few of them. How
often it stood in earlier issues tells it even where its code does not look like handing on.
"""

from collections import Counter
from collections.abc import Collection, Sequence

# A path in the repository, and a function's own name.
Function = tuple[str, str]

# Of so many issues at least, so large a share, go through a function that is common.
LEAST_ISSUES = 8
SHARE = 0.2


def function_of(path: str, name: str) -> Function:
    """A function as traces of many revisions name it: without its class, which some SDKs tell."""
    return path, name.rpartition(".")[2]


def common_functions(issues: Sequence[Collection[Function]]) -> frozenset[Function]:
    """What at least a fifth of these issues share; each is given by the functions of its trace.

    None where there are too few issues to tell.
    """
    if len(issues) < LEAST_ISSUES:
        return frozenset()
    named = [{function_of(*function) for function in functions} for functions in issues]
    count = Counter(function for functions in named for function in functions)
    return frozenset(one for one, times in count.items() if times >= SHARE * len(issues))
