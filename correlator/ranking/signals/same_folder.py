"""Changes beside the files of the trace."""

from pathlib import PurePosixPath

from correlator.ranking.case import Candidate, Case
from correlator.ranking.signals import Finding, signal


@signal("same-folder")
def same_folder(case: Case, candidate: Candidate) -> Finding | None:
    """It changed code in a folder that the trace goes through."""
    folders = {str(PurePosixPath(file.path or file.old_path).parent) for file in candidate.code}
    for place in case.places:
        folder = str(PurePosixPath(place.path).parent)
        if folder in folders:
            return Finding(place.near, f"it changed code in {folder}/, beside the trace")
    return None
