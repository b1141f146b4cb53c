"""The comparison page: every number leads to a list that is as long, and words claim no more."""

import csv
import io
import re
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, ClassVar

import orjson
import pytest
from sqlmodel import Session, select

from correlator.steps import drain
from correlator.store.people.tokens import mint
from correlator.store.tables import ComparisonRow
from correlator.types import Next
from tests import builders
from tests.changes import Made, a_year, keep_changes
from tests.web.pages_site import Site
from web.comparison.public_figures import FIGURES

QUESTIONS = ("provenance", "tool", "model", "session", "review", "size", "directory")
CAUSAL = re.compile(r"\b(because of|causes?|caused by|due to|leads to|results? in)\b", re.I)


def compared(site: Site, made: list[Made]) -> Site:
    site.keep(lambda session: keep_changes(session, made))
    drain(site.world, Next("compare"))
    return site


def counted(value: Any) -> Iterator[tuple[int, str]]:
    """Every count of a page that has the address of a list."""
    if isinstance(value, dict):
        if "count" in value and "url" in value:
            yield value["count"], value["url"]
        for part in value.values():
            yield from counted(part)
    elif isinstance(value, list):
        for part in value:
            yield from counted(part)


def words_of(text: str) -> str:
    """What a reader reads of it."""
    return " ".join(unescape(re.sub(r"<[^>]+>", "", text)).split())


def length(site: Site, url: str) -> int:
    return int(site.twin(url.replace("/comparison/list?", "/comparison/list.json?"))["total"])


def test_every_number_is_as_large_as_the_list_that_it_leads_to(quick_site: Site) -> None:
    site = compared(quick_site, a_year(140))
    for by in QUESTIONS:
        links = set(counted(site.twin(f"/comparison.json?by={by}")))
        assert len(links) > 20
        assert len({url for count, url in links if count}) > 10
        wrong = {url: (count, length(site, url)) for count, url in links}
        assert {url: pair for url, pair in wrong.items() if pair[0] != pair[1]} == {}


def test_the_numbers_of_the_html_are_those_of_the_twin(quick_site: Site) -> None:
    site = compared(quick_site, a_year(140))
    text = site.text("/comparison")
    shown = re.findall(r'<a href="(/comparison/list\?[^"]+)">([\d\u202f]+)</a>', text)
    assert len(shown) > 30
    for url, number in shown:
        count = int(number.replace("\u202f", ""))
        assert length(site, url.replace("&amp;", "&").replace("&#39;", "'")) == count, url


def test_it_is_the_same_on_each_database(site: Site) -> None:
    compared(site, a_year(60))
    for count, url in counted(site.twin("/comparison.json?by=size")):
        assert length(site, url) == count, url


def test_chances_of_a_list_sum_to_what_the_page_says(quick_site: Site) -> None:
    site = compared(quick_site, a_year(140))
    for pair in site.twin("/comparison.json")["found"]["versus"]:
        for ratio in pair["ratios"]:
            for side in ("first", "second"):
                url = ratio[side]["issues"]["url"]
                listed = site.twin(url.replace("/comparison/list?", "/comparison/list.json?"))
                assert listed["expected"] == pytest.approx(ratio[side]["expected"], abs=1e-3)


def arms(ai: int, human: int, of: int = 120) -> list[Made]:
    return [
        Made(author=author, chances=(1.0,) if place < hits else ())
        for author, hits in (("ai", ai), ("human", human))
        for place in range(of)
    ]


@pytest.mark.parametrize(
    ("ai", "human", "word", "says"),
    [
        (50, 15, "more", "3.33 times"),
        (15, 50, "fewer", "0.30 times"),
        (20, 18, "no difference shown", "No difference shown"),
        (31, 17, "borderline", "Borderline: not every way of counting leaves out 1"),
        (4, 60, "counts only", "Fewer than 5 incidents in an arm"),
    ],
)
def test_words_say_what_the_intervals_allow(
    quick_site: Site, ai: int, human: int, word: str, says: str
) -> None:
    site = compared(quick_site, arms(ai, human))
    (pair,) = site.twin("/comparison.json")["found"]["versus"]
    assert pair["ratios"][0]["word"] == word
    assert says in site.text("/comparison")


def test_not_enough_data_says_how_many_changes_it_takes(quick_site: Site) -> None:
    text = compared(quick_site, arms(2, 12)).text("/comparison")
    assert re.search(r"each arm needs about 4\d\d changes; there are 120 and 120", words_of(text))


def test_no_sentence_claims_a_reason_or_that_there_is_no_difference(quick_site: Site) -> None:
    site = compared(quick_site, a_year(140))
    for by in QUESTIONS:
        main = site.text(f"/comparison?by={by}").split("<main")[1].split("</main>")[0]
        text = re.sub(r"<[^>]+>", " ", main)
        assert not CAUSAL.search(text), CAUSAL.search(text)
        assert not re.search(r"no difference(?! shown)", text, re.I)


def test_neither_do_the_tables_the_twin_and_what_is_written_about_it(quick_site: Site) -> None:
    site = compared(quick_site, a_year(140))
    asked = ("comparison.csv", "comparison-arms.csv", "comparison.json", "comparison/list.csv")
    written = Path(__file__).parents[2] / "docs" / "comparison.md"
    for text in (*(site.text(f"/{one}") for one in asked), written.read_text()):
        assert not CAUSAL.search(text), CAUSAL.search(text)


def test_every_list_is_a_table_too_and_as_long(quick_site: Site) -> None:
    site = compared(quick_site, a_year(260))
    for which in ("changes", "ripe", "incidents", "likely", "tried", "nobody's", "left_out"):
        asked = f"which={which}&arm=ai" if which != "nobody's" else "which=nobody's"
        rows = list(csv.DictReader(io.StringIO(site.text(f"/comparison/list.csv?{asked}"))))
        assert len(rows) == length(site, f"/comparison/list?{asked}"), which


def test_the_arms_are_a_table_with_every_figure_of_the_page(quick_site: Site) -> None:
    site = compared(quick_site, a_year(260))
    rows = list(csv.DictReader(io.StringIO(site.text("/comparison-arms.csv"))))
    arm = site.twin("/comparison.json")["found"]["arms"][0]
    told = {(row["figure"], row["unit"]): row for row in rows if row["arm"] == arm["name"]}
    assert int(told["ripe", ""]["count"]) == arm["ripe"]["count"]
    assert float(told["needed_fix", ""]["value"]) == arm["needed_fix"]["share"]
    assert float(told["mean redeploys", ""]["value"]) == arm["mending"]["mean"]
    assert int(told["mean redeploys", ""]["of"]) == arm["mending"]["tried"]["count"]
    assert int(told["median days to be seen", ""]["of"]) == arm["mending"]["likely"]["count"]
    (per_line,) = (
        one for one in arm["rates"] if (one["of"], one["unit"]) == ("incidents", "thousand lines")
    )
    assert float(told["incidents", "thousand lines"]["value"]) == per_line["rate"]
    curve = [row for row in rows if (row["arm"], row["figure"]) == ("ai", "without an incident")]
    assert len(curve) == len(arm["survival"])


def test_the_unknown_stand_beside_the_ratio(quick_site: Site) -> None:
    made = [*arms(30, 10), *(Made(author="unknown") for _ in range(60))]
    site = compared(quick_site, made)
    assert site.twin("/comparison.json")["found"]["unknown"]["share"] == pytest.approx(0.2)
    text = words_of(site.text("/comparison"))
    assert "Were all of them AI, the ratio would be 2.00" in text
    assert "were all of them Human, 4.50" in text


def test_a_ratio_that_turns_round_is_flagged(quick_site: Site) -> None:
    made = [
        Made(author=author, lines=lines, chances=(1.0,) if place < hits else ())
        for author, lines, hits in (("ai", 900, 40), ("human", 50, 20))
        for place in range(100)
    ]
    assert "The ratio turns round" in compared(quick_site, made).text("/comparison")


def test_the_table_has_every_interval_of_every_ratio(quick_site: Site) -> None:
    site = compared(quick_site, arms(50, 15))
    rows = list(csv.DictReader(io.StringIO(site.text("/comparison.csv"))))
    assert len(rows) == 8
    row = next(one for one in rows if (one["counted"], one["unit"]) == ("incidents", "change"))
    assert float(row["exact_low"]) < float(row["mid_p_low"]) < 3.33 < float(row["exact_high"])
    assert row["word"] == "more"


def test_a_name_that_looks_like_a_formula_is_text_in_the_table(quick_site: Site) -> None:
    made = [Made(author="ai", tool="=1+1"), Made(author="human")]
    site = compared(quick_site, made)
    assert ",'=1+1," in site.text("/comparison.csv?by=tool")


def test_before_anything_was_deployed_the_page_says_what_to_do(quick_site: Site) -> None:
    assert "Nothing has been compared yet" in quick_site.text("/comparison")
    assert quick_site.twin("/comparison.json")["state"] == "none"
    drain(quick_site.world, Next("compare"))
    assert "No change was deployed in these" in quick_site.text("/comparison")


def test_three_changes_are_counts(quick_site: Site) -> None:
    made = [Made(author="ai", chances=(1.0,)), Made(author="human"), Made(author="unknown")]
    text = compared(quick_site, made).text("/comparison")
    assert "counts only" in text
    read = words_of(text.split('<ul class="public"')[0])
    assert "times as many" not in read
    assert "1 of 1, too few for a share" in read
    assert "%" not in re.sub(r"50% or more", "", read.split("Each by itself")[1])


def test_a_question_that_nobody_asked_wakes_a_worker_and_is_there_afterwards(
    quick_site: Site,
) -> None:
    site = compared(quick_site, a_year(60))
    where = "/comparison?by=size&service=service-3"
    assert "This is being worked out" in site.text(where)
    assert [todo.step for todo in site.woken] == ["compare"]
    drain(site.world, site.woken[0])
    assert "This is being worked out" not in site.text(where)


def test_what_is_not_there_to_choose_is_not_asked(quick_site: Site) -> None:
    site = compared(quick_site, a_year(10))
    page = site.twin("/comparison.json?by=x&days=9&service=nowhere&provenance=robots&environment=y")
    assert page["filters"] == {"by": "provenance", "days": 90, "environment": "production"}
    assert site.woken == []


def test_a_list_that_does_not_exist_is_not_found(quick_site: Site) -> None:
    site = compared(quick_site, a_year(10))
    assert site.client.get("/comparison/list?which=secrets").status_code == 404


def test_names_from_outside_are_shown_as_text(quick_site: Site) -> None:
    made = [Made(author="ai", tool="<script>x</script>", message="<b>bold</b>"), Made()]
    site = compared(quick_site, made)
    assert "<script>x" not in site.text("/comparison?by=tool")
    assert "<b>bold" not in site.text("/comparison/list?which=changes")


def test_a_token_of_one_project_sees_its_changes_only(quick_site: Site) -> None:
    site = compared(quick_site, a_year(40))

    def another(session: Session) -> str:
        return mint(session, "ci", builders.a_project(session, "other").id, builders.NOW)

    bearer = {"Authorization": f"Bearer {site.keep(another)}"}
    client = site.app.test_client()
    seen = client.get("/comparison.json", headers=bearer).get_json()
    assert (seen["state"], seen["found"], seen["choices"]["service"]) == ("waiting", None, [])
    listed = client.get("/comparison/list.json?which=changes", headers=bearer).get_json()
    assert (listed["total"], listed["changes"]) == (0, [])
    drain(site.world, site.woken[-1])
    seen = client.get("/comparison.json", headers=bearer).get_json()
    assert (seen["state"], seen["found"]["changes"]["count"]) == ("ready", 0)


def of_two(incidents: int) -> list[Made]:
    """Forty changes each of agents and of people; so many of the agents' went wrong, and ten."""
    return [
        Made(author=author, chances=(1.0,) if place < wrong else (), service=f"s{place % 3}")
        for author, wrong in (("ai", incidents), ("human", 10))
        for place in range(40)
    ]


def test_beside_a_ratio_stands_what_wrong_labels_would_do_to_it(quick_site: Site) -> None:
    said = compared(quick_site, of_two(24)).text("/comparison")
    assert "Labels may be wrong. This would be undone if <b>" in said
    assert "5% the other way round, the ratio would be " in said
    rows = list(csv.DictReader(io.StringIO(quick_site.client.get("/comparison.csv").text)))
    first = next(row for row in rows if (row["arm"], row["unit"]) == ("ai", "change"))
    assert int(first["undone_by_labels"]) > 0
    assert float(first["ratio_if_0.2_missed_0.05_wrong"]) > float(first["ratio"])


def test_what_was_worked_out_before_an_upgrade_is_shown_without_it(quick_site: Site) -> None:
    site = compared(quick_site, of_two(24))

    def forget(session: Session) -> None:
        for row in session.exec(select(ComparisonRow)):
            body = orjson.loads(orjson.dumps(row.body))
            del body["not_compared"]
            for arm in [*body["arms"], *(one["second"] for one in body["versus"])]:
                del arm["mending"]["seen_after"], arm["told"]
            for one in body["versus"]:
                del one["changes"]
            for ratio in (each for one in body["versus"] for each in one["ratios"]):
                del ratio["mislabelled"], ratio["undone_by"], ratio["drawn"], ratio["issues"]
                for name in ("low", "high", "changes", "issues"):
                    del ratio["unknown"][name]
            row.body = body
            session.add(row)

    site.keep(forget)
    assert "Labels may be wrong" not in site.text("/comparison")
    for table in ("/comparison.csv", "/comparison-arms.csv"):
        assert quick_site.client.get(table).status_code == 200


# What the method is, not what was counted: the only digits of the page that open no list.
CONSTANTS = re.compile(
    r"\b(30 days( old)?|\d+ days deployed|deployed in \d+ days|95%|per 1000 lines( changed)?"
    r"|Fewer than 5 |true ratio of 1\.7 \(80% power, two-sided 5%\)|out 1\.|side of 1\."
    r"|Were \d+% of the changes|were \d+% of the changes|and 5% the other way|the right of 1:"
    r"|in (1|2 to 3|4 to 6|7 or more)\b|Dotted: 1\.7,|share of 0|day \d+"
    r"|top: 100%, bottom: \d+%|0 days|start at 0%|\d+ min|\d+ lines)"
    r"|\(50% or more\)|^(0|30|60|90|90 days|0%)$"
)


class Figures(HTMLParser):
    """Texts of the page's main part, each with the list's address and length that it leads to."""

    LEFT_OUT: ClassVar[set[str]] = {"form", "time", "title", "text", "script", "h1"}

    def __init__(self) -> None:
        super().__init__()
        self.at: list[tuple[str, dict[str, str | None]]] = []
        self.found: list[tuple[str, str | None, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.at.append((tag, dict(attrs)))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        while any(one == tag for one, _ in self.at) and self.at.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        tags = [tag for tag, _ in self.at]
        if "main" not in tags or self.LEFT_OUT & set(tags) or not data.strip():
            return
        link = next((given for tag, given in reversed(self.at) if tag == "a"), {})
        is_list = (link.get("href") or "").startswith("/comparison/list?")
        self.found.append(
            (data.strip(), (link.get("href") if is_list else None), link.get("data-count"))
        )


def figures(text: str) -> list[tuple[str, str | None, str | None]]:
    parser = Figures()
    parser.feed(text)
    return parser.found


def names_in(body: Any) -> list[str]:
    """Names of arms as they are shown, and public figures: a digit in one was not counted here."""
    return sorted(
        {one["label"] for one in body["arms"]}
        | {text for one in FIGURES for text in one.values() if text}
        | {one[part] for one in body["versus"] for part in ("label", "against_label")},
        key=len,
        reverse=True,
    )


def without(text: str, names: list[str]) -> str:
    for name in names:
        text = text.replace(name, "")
    return CONSTANTS.sub("", text)


@pytest.mark.parametrize("by", QUESTIONS)
def test_every_figure_of_the_page_opens_a_list_that_is_as_long_as_it_says(
    quick_site: Site, by: str
) -> None:
    # Curves are drawn in half days: these fall on the very days that are told in numbers.
    late = [
        Made(author="ai", days_ago=80, chances=(1.0,), after=days)
        for days in (29.74, 29.75, 29.8, 30.2, 59.75)
    ]
    site = compared(quick_site, [*a_year(260), *of_two(24), *late])
    names = names_in(site.twin(f"/comparison.json?by={by}")["found"])
    found = figures(site.text(f"/comparison?by={by}"))
    unlinked = [
        text for text, url, _ in found if url is None and re.search(r"\d", without(text, names))
    ]
    assert unlinked == []
    linked = {(text, url, told) for text, url, told in found if url is not None}
    assert len(linked) > 60
    lengths = {url: length(site, url) for _, url, _ in linked}
    for text, url, told in linked:
        count = int(told if told is not None else re.sub(r"\D", "", text))
        assert lengths[url] == count, (text, url)
