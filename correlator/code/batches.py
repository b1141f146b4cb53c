"""Reads what ``git cat-file --batch`` prints: the bodies of the objects that were named."""

from collections.abc import Sequence

TEXT_LIMIT = 4 * 1024 * 1024


def texts(output: bytes, names: Sequence[str]) -> dict[str, str]:
    """The same as text; what is too large to be source is left out."""
    return {
        name: body.decode("utf-8", "replace")
        for name, body in bodies(output, names).items()
        if len(body) <= TEXT_LIMIT
    }


def bodies(output: bytes, names: Sequence[str]) -> dict[str, bytes]:
    """What ``cat-file --batch`` printed for these names, in order; only blobs."""
    found: dict[str, bytes] = {}
    at = 0
    for name in names:
        end = output.find(b"\n", at)
        header = output[at:end].rsplit(b" ", 2)
        at = end + 1
        if len(header) != 3 or not header[2].isdigit():
            continue  # "<name> missing"
        size = int(header[2])
        if header[1] == b"blob":
            found[name] = output[at : at + size]
        at += size + 1
    return found
