"""Deployments as GitHub and GitLab tell of them by hook: which are roll-outs, and of what.

GitHub: event ``deployment_status`` (a deploy happened when its state is success; its time is that
of the status). GitLab: Deployment Hook, whose full hash stands in the tail of ``commit_url`` only.
Neither names a release. The commit's hash is taken for one, as SDKs send it where nobody set
another; ``{"release": ..., "service": ...}`` in the payload of GitHub's deployment says it better.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from correlator.errors import Permanent
from correlator.sources.forge import actor, address, inner, sha, text
from correlator.sources.lenient import LONGEST_RELEASE, as_time
from correlator.types import Deploy

_GITHUB = {"success": False, "failure": True, "error": True}
_GITLAB = {"success": False, "failed": True}
# GitLab's name for what lives as long as a branch does.
_REVIEW_APP = "review/"


def is_finished_deployment(said: Mapping[str, Any]) -> bool:
    """Whether GitHub tells of a roll-out that has come to its end, to a lasting environment."""
    is_passing = inner(said, "deployment").get("transient_environment") is True
    return text(inner(said, "deployment_status"), "state", 20) in _GITHUB and not is_passing


def is_finished_job(said: Mapping[str, Any]) -> bool:
    """Whether GitLab tells of such a one."""
    is_review = str(said.get("environment")).startswith(_REVIEW_APP)
    is_finished = text(said, "status", 20) in _GITLAB and not is_review
    return said.get("object_kind") == "deployment" and is_finished


def github_deploy(said: Mapping[str, Any], received_at: datetime) -> Deploy:
    """The deploy of a ``deployment_status``. Permanent if it lacks what names it."""
    deployment, status = inner(said, "deployment"), inner(said, "deployment_status")
    payload = inner(deployment, "payload")
    revision = sha(deployment, "sha")
    environment = text(status, "environment", 64) or text(deployment, "environment", 64)
    if revision is None or environment is None:
        raise Permanent("The deployment lacks its sha or its environment.")
    who = actor(inner(status, "creator")) or actor(inner(deployment, "creator"))
    return Deploy(
        release=text(payload, "release", LONGEST_RELEASE) or revision,
        environment=environment,
        service=text(payload, "service", 100),
        revision=revision,
        at=_at(as_time(status.get("created_at")), received_at),
        actor=who.login if who else None,
        url=address(status, "log_url") or address(status, "target_url"),
        failed=_GITHUB.get(str(status.get("state")), True),
    )


def gitlab_deploy(said: Mapping[str, Any], at: datetime | None, received_at: datetime) -> Deploy:
    """The deploy of a Deployment Hook that became so at that time. Permanent if it lacks what
    names it."""
    tail = (text(said, "commit_url", 1000) or "").rstrip("/").rpartition("/")[2]
    revision, environment = sha({"id": tail}, "id"), text(said, "environment", 64)
    if revision is None or environment is None:
        raise Permanent("The deployment lacks its environment, or the commit in its commit_url.")
    who = actor(inner(said, "user"))
    return Deploy(
        release=revision,
        environment=environment,
        service=None,
        revision=revision,
        at=_at(at, received_at),
        actor=who.login if who else None,
        url=address(said, "deployable_url"),
        failed=_GITLAB.get(str(said.get("status")), True),
    )


def _at(said: datetime | None, received_at: datetime) -> datetime:
    """A forge's clock may go ahead of ours; nothing has finished before it was told."""
    return min(said or received_at, received_at)
