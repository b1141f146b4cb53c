"""The list of deploys, each with the issues that began in it."""

from flask import request, url_for

from correlator.store import queries
from correlator.store.session import reading
from web import present
from web.auth import viewer
from web.pages import Page, asked_page, house, page, section

pages = section("deploys")
FILTERS = ("project", "environment", "service")


@page(pages, "/deploys", "deploys.html")
def deploys() -> Page:
    """Deploys, newest first."""
    only = viewer().only_project
    filters = {name: request.args.get(name, "")[:100] for name in FILTERS}
    number = asked_page()
    with reading(house().world.engine) as session:
        total, rows = queries.deploys(session, {**filters, "project_id": only}, number)
        slugs = queries.slugs(session, only)
    return {
        "total": total,
        "page": number,
        "last_page": max(1, -(-total // queries.DEPLOYS_SHOWN)),
        "filters": filters,
        "choices": {"project": slugs},
        "deploys": [
            {
                **present.deploy(row, project),
                "issues": issues,
                "issues_url": url_for(
                    "issues.index",
                    project=project.slug,
                    release=row.release,
                    environment=row.environment,
                    service=row.service,
                    status="all",
                ),
            }
            for row, project, issues in rows
        ],
    }
