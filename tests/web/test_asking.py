"""Whom the page of an issue says to ask."""

import re
from typing import Any

from sqlmodel import select

from correlator.store.tables import CommitRow
from tests.builders import a_standing, a_whole_story, sha_of
from tests.web.pages_site import Site


def test_an_agent_is_not_asked_but_the_person_behind_its_change(quick_site: Site) -> None:
    def agents_change(session: Any) -> None:
        a_whole_story(session)
        row = session.exec(select(CommitRow).where(CommitRow.sha == sha_of("culprit"))).one()
        row.author_name, row.author_email = "Devin", "1+devin[bot]@users.noreply.github.com"
        row.message += "\n\nCo-authored-by: Ana Ortiz <ana@example.org>\n"
        session.flush()
        stood = a_standing(session, "culprit")
        signed = [{"who": "@ben", "state": "counts"}, {"who": "@eve", "state": "stale"}]
        human = {"who": "Ana Ortiz", "because": "co-author of the commit"}
        stood.body = {**stood.body, "human": human, "sign_offs": signed}

    quick_site.keep(agents_change)
    ask = quick_site.twin("/issues/1.json")["verdict"]["ask"]
    assert ask == {
        "who": "Ana Ortiz",
        "because": "co-author of the commit",
        "mail": "ana@example.org",
        "mail_from": "Co-authored-by",
        "approved": ["@ben"],
    }
    shown = quick_site.text("/issues/1")
    assert "mailto:ana%40example.org" in shown
    assert "as its Co-authored-by line has it" in shown
    assert "noreply" not in "".join(re.findall(r'href="mailto:[^"]*', shown))


def test_where_nobody_stands_behind_a_change_the_page_says_so(quick_site: Site) -> None:
    def robots_change(session: Any) -> None:
        a_whole_story(session)
        stood = a_standing(session, "culprit")
        stood.body = {**stood.body, "human": None, "sign_offs": []}

    quick_site.keep(robots_change)
    assert "No person is known to stand behind it" in quick_site.text("/issues/1")
    assert "mailto:" not in quick_site.text("/issues/1")


def test_a_line_that_vouches_for_nothing_gives_nobody_an_address(quick_site: Site) -> None:
    def somebodys_change(session: Any) -> None:
        a_whole_story(session)
        row = session.exec(select(CommitRow).where(CommitRow.sha == sha_of("culprit"))).one()
        row.author_name, row.author_email = "Devin", "1+devin[bot]@users.noreply.github.com"
        row.message += (
            "\n\nReviewed-by: Ana Ortiz <quoted@example.com>\n\nAs she wrote."
            "\n\nReported-by: Ana Ortiz <anybody@example.com>\n"
        )
        session.flush()
        stood = a_standing(session, "culprit")
        stood.body = {**stood.body, "human": {"who": "Ana Ortiz", "because": "merged it"}}

    quick_site.keep(somebodys_change)
    ask = quick_site.twin("/issues/1.json")["verdict"]["ask"]
    assert (ask["who"], ask["mail"], ask["mail_from"]) == ("Ana Ortiz", None, None)
    assert "mailto:" not in quick_site.text("/issues/1")
