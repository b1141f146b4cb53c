"""Trouble: what could not be done leads to what it is about."""

from typing import Any

import pytest

from tests.builders import a_project, a_trouble
from tests.web.pages_site import Site


@pytest.mark.parametrize("step", ["fetch", "survey", "prepare"])
def test_trouble_with_a_repository_leads_to_the_repositories(quick_site: Site, step: str) -> None:
    def build(session: Any) -> None:
        a_trouble(session, a_project(session), step=step, subject_id=1, body=None)

    quick_site.keep(build)
    assert '<a href="/repositories" data-row>repositories</a>' in quick_site.text("/trouble")
