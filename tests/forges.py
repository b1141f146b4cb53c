"""What the APIs of GitHub and GitLab answer, in the shape of their documentation."""

from collections.abc import Iterable, Mapping
from typing import Any

from tests.api_server import ApiServer, Asked, Told

NEWEST = "state=all&sort=updated&direction=desc&per_page=100"


def a_sha(number: int, what: str = "a") -> str:
    """A hash that names its pull request."""
    return f"{what * 30}{number:010d}"


def github_pull(number: int, updated_at: str, **more: Any) -> dict[str, Any]:
    """``GET /repos/acme/shop/pulls/N``: merged, by Ana, reviewed at its head."""
    return {
        "id": 1000 + number,
        "number": number,
        "state": "closed",
        "title": f"Change {number}",
        "body": None,
        "user": {"login": "ana", "id": 1, "type": "User"},
        "html_url": f"https://github.com/acme/shop/pull/{number}",
        "created_at": "2026-01-05T08:00:00Z",
        "updated_at": updated_at,
        "closed_at": updated_at,
        "merged_at": updated_at,
        "merged": True,
        "merge_commit_sha": a_sha(number, "c"),
        "merged_by": {"login": "ben", "id": 2, "type": "User"},
        "assignees": [],
        "head": {"ref": "work", "sha": a_sha(number), "label": "acme:work"},
        "base": {"ref": "main", "sha": a_sha(0, "b"), "repo": {"full_name": "acme/shop"}},
        "commits": 1,
        "additions": 5,
        "deletions": 2,
        **more,
    }


def github_review(number: int, login: str, commit: str, **more: Any) -> dict[str, Any]:
    """An entry of ``GET …/pulls/N/reviews``."""
    return {
        "id": number,
        "user": {"login": login, "id": 10, "type": "User"},
        "state": "APPROVED",
        "commit_id": commit,
        "submitted_at": "2026-01-05T09:00:00Z",
        "body": "",
        **more,
    }


def github_commit(sha: str, subject: str, at: str, parents: int = 1) -> dict[str, Any]:
    """An entry of ``GET …/pulls/N/commits``."""
    person = {"name": "Ana", "email": "ana@example.org", "date": at}
    return {
        "sha": sha,
        "commit": {"message": f"{subject}\n\nWhy.", "author": person, "committer": person},
        "parents": [{"sha": "0" * 40}] * parents,
    }


def github(
    server: ApiServer,
    pulls: Iterable[Mapping[str, Any]],
    reviews: Mapping[int, list[dict[str, Any]]] | None = None,
    commits: Mapping[int, list[dict[str, Any]]] | None = None,
    page: int = 2,
) -> None:
    """Serve pull requests of acme/shop, newest first, ``page`` of them at a time."""
    known = sorted(pulls, key=lambda one: str(one["updated_at"]), reverse=True)
    root = "/repos/acme/shop/pulls"

    def listed(asked: Asked) -> Told:
        at = int(asked.path.partition("&page=")[2] or 1)
        here = known[(at - 1) * page : at * page]
        heads = {"ETag": f'"{known[0]["updated_at"]}"'}
        if at == 1 and asked.headers.get("if-none-match") == heads["ETag"]:
            return Told(b"", 304, heads)
        if known[at * page :]:
            heads["Link"] = f'<{server.url}{root}?{NEWEST}&page={at + 1}>; rel="next"'
        brief = ("merged", "merged_by", "commits", "additions", "deletions")
        return Told([{k: v for k, v in one.items() if k not in brief} for one in here], 200, heads)

    server.answers[root] = listed
    for one in known:
        number = one["number"]
        server.tell(f"{root}/{number}", dict(one))
        server.tell(f"{root}/{number}/reviews", (reviews or {}).get(number, []))
        server.tell(f"{root}/{number}/commits", (commits or {}).get(number, []))


def gitlab_request(number: int, updated_at: str, **more: Any) -> dict[str, Any]:
    """``GET /projects/acme%2Fshop/merge_requests/N``: merged by squash, by Ana."""
    return {
        "id": 500 + number,
        "iid": number,
        "title": f"Change {number}",
        "description": None,
        "state": "merged",
        "created_at": "2026-01-05T08:00:00.000Z",
        "updated_at": updated_at,
        "merged_at": updated_at,
        "merge_user": {"id": 2, "username": "ben", "name": "Ben"},
        "author": {"id": 1, "username": "ana", "name": "Ana"},
        "source_branch": "work",
        "target_branch": "main",
        "sha": a_sha(number),
        "merge_commit_sha": None,
        "squash_commit_sha": a_sha(number, "c"),
        "diff_refs": {"base_sha": a_sha(0, "d"), "head_sha": a_sha(number), "start_sha": None},
        "web_url": f"https://gitlab.com/acme/shop/-/merge_requests/{number}",
        **more,
    }


def gitlab_note(author: str, body: str, at: str, **more: Any) -> dict[str, Any]:
    """An entry of ``GET …/merge_requests/N/notes``; GitLab's own, unless told otherwise."""
    who = {"id": 100 + sum(map(ord, author)), "username": author, "name": author.title()}
    return {"id": 1, "body": body, "author": who, "created_at": at, "system": True, **more}


def gitlab(
    server: ApiServer,
    requests: Iterable[Mapping[str, Any]],
    beside: Mapping[int, Mapping[str, Any]] | None = None,
) -> None:
    """Serve merge requests of acme/shop. ``beside``: approvals, notes, versions, commits."""
    root = "/projects/acme%2Fshop/merge_requests"
    known = sorted(requests, key=lambda one: str(one["updated_at"]), reverse=True)
    server.tell(root, [dict(one) for one in known])
    for one in known:
        number = one["iid"]
        more = (beside or {}).get(number, {})
        server.tell(f"{root}/{number}", dict(one))
        server.tell(f"{root}/{number}/approvals", more.get("approvals", {"approved_by": []}))
        for name in ("notes", "versions", "commits"):
            server.tell(f"{root}/{number}/{name}", more.get(name, []))
