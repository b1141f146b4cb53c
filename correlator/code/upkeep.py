"""Upkeep of a mirror after a fetch: what makes blame and log quick to answer.

The commit-graph with changed-path filters lets git skip commits that cannot have touched a file.
Packs are joined geometrically, which rewrites little and keeps objects no ref leads to any more.
"""

from pathlib import Path

from correlator.code.git import Remote, run_remote

_MOST_PACKS = 12


def keep_up(directory: Path, remote: Remote) -> tuple[str, ...]:
    """Do what is due; a note for each thing that failed. The mirror is right either way."""
    tasks = [["pack-refs", "--all"]]
    if sum(1 for _ in (directory / "objects" / "pack").glob("*.pack")) > _MOST_PACKS:
        tasks.append(["repack", "--geometric=2", "-d", "-q", "--write-midx"])
    tasks.append(_commit_graph(directory))
    return tuple(note for task in tasks if (note := _done(directory, task, remote)))


def _commit_graph(directory: Path) -> list[str]:
    info = directory / "objects" / "info"
    known = (info / "commit-graph").exists() or (info / "commit-graphs").exists()
    return [
        "commit-graph",
        "write",
        "--reachable",
        "--changed-paths",
        "--no-progress",
        *(["--split"] if known else []),
    ]


def _done(directory: Path, task: list[str], remote: Remote) -> str | None:
    ran = run_remote(directory, *task, remote=remote)
    if ran.code == 0:
        return None
    why = "took too long" if ran.code is None else ran.words.strip()[-300:]
    return f"git {task[0]} on {directory.name}: {why}"
