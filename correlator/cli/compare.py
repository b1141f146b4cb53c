"""``correlator compare``: what became of deployed changes, told apart by what they were."""

from collections.abc import Iterator
from typing import Any

import click
from sqlmodel import Session

from correlator.cli import EXIT_NO, as_json, command_world, json_option
from correlator.cli.provenance import printable
from correlator.comparison import By, body_of
from correlator.comparison import compare as compared
from correlator.comparison.tables import FIGURES, RATIOS, figure_rows, ratio_rows
from correlator.plurals import many, noun
from correlator.spreadsheets import as_csv
from correlator.store.comparison import kept, rows
from correlator.store.comparison.kept import Asked
from correlator.store.session import reading
from correlator.store.tables import ComparisonRunRow
from correlator.types import Author

PER = ("change", "thousand lines")
NOTHING = (
    "Nothing has been compared yet: that takes deploy markers, and a few minutes after the first."
)
NOT_REASONS = "These are counts, not reasons: changes differ in more than in this."


@click.command()
@click.option("--by", type=click.Choice([one.value for one in By]), default=By.PROVENANCE.value,
              show_default=True, help="What changes are told apart by.")  # fmt: skip
@click.option("--days", type=click.IntRange(1, 365), default=kept.DAYS, show_default=True,
              help="Of what was deployed in so many days.")  # fmt: skip
@click.option("--environment", default="", help="Where; production if it is not given.")
@click.option("--service", default="", help="Of this service only.")
@click.option("--provenance", type=click.Choice([one.value for one in Author]), default=None,
              help="Only changes that were written so.")  # fmt: skip
@click.option("--csv", "table", type=click.Choice(["ratios", "arms"]), default=None,
              help="Print a table: ratios with all intervals, or each arm by itself.")  # fmt: skip
@json_option
def command(table: str | None, wants_json: bool, **given: Any) -> None:
    """Say how often changes went wrong, and whether that may be called a difference.

    It counts incidents per change and per line, each arm against another, with 95% intervals and
    what the unknown leave open; it gives no reasons. The page /comparison shows all of it.

    Exit code 0: a ratio could be told; 1: there were too few incidents, or nothing to compare.

    \b
    Examples:
      correlator compare
      correlator compare --by tool --days 180
      correlator compare --by directory --service checkout --json
      correlator compare --csv ratios > ratios.csv
    """
    world = command_world()
    with reading(world.engine) as session:
        run = kept.run_in_force(session)
        body = _body(session, run, given) if run else None
    if wants_json:
        click.echo(as_json(body))
    elif body is None:
        click.echo(NOTHING)
    elif table is not None:
        wanted = (RATIOS, ratio_rows) if table == "ratios" else (FIGURES, figure_rows)
        click.echo(as_csv(wanted[0], wanted[1](body)), nl=False)
    else:
        click.echo("\n".join(map(printable, _lines(body, given["days"]))))
    if body is None or not any(
        ratio["enough"] for one in body["versus"] for ratio in one["ratios"]
    ):
        click.get_current_context().exit(EXIT_NO)


def _body(session: Session, run: ComparisonRunRow, given: dict[str, Any]) -> dict[str, Any]:
    """As it is kept, else worked out from the same rows, which takes seconds at most."""
    known = kept.choices(session, run, None)["environment"]
    environment = given["environment"] or kept.usual_environment(known)
    asked = Asked(
        by=given["by"],
        days=given["days"],
        environment=environment,
        service=given["service"],
        provenance=given["provenance"] or "",
    )
    row = kept.of(session, asked)
    if row is not None and row.body is not None and row.run_id == run.id:
        return row.body
    return body_of(compared(rows.records(session, run, asked), By(asked.by), run.as_of))


def _lines(body: dict[str, Any], days: int) -> Iterator[str]:
    yield (
        f"{many(body['changes'], 'change')} of {days} days, by {body['by']}, as of"
        f" {body['as_of'][:16].replace('T', ' ')} UTC. {NOT_REASONS}"
    )
    for arm in body["arms"]:
        fix = arm["needed_fix"]
        share = f", {fix['share']:.0%} ({fix['low']:.0%} to {fix['high']:.0%})" if fix["of"] else ""
        yield (
            f"  {arm['name']}: {many(arm['changes'], 'change')}; {fix['count']} of {fix['of']}"
            f" needed a fix within {body['followed_days']:.0f} days{share}"
        )
    for one in body["versus"]:
        yield from _versus(one)
    if not body["versus"]:
        yield "There is nothing to hold one against: only one arm has changes."


def _versus(one: dict[str, Any]) -> Iterator[str]:
    found = {ratio["unit"]: ratio for ratio in one["ratios"] if ratio["of"] == "incidents"}
    main = found.get("change")
    yield ""
    yield f"{one['arm']} against {one['against']}: {main['word'] if main else 'not enough data'}"
    if main is None:
        return
    sides = (f"{_counted(main[side])}" for side in ("first", "second"))
    yield f"  {' against '.join(sides)}"
    for unit in PER:
        if unit in found and found[unit]["enough"]:
            yield f"  {_ratio(found[unit])}"
    unknown = main["unknown"]
    ends = ""
    if main["enough"] and unknown["share"]:
        ends = (
            f"; were all of them {one['arm']}: {_times(unknown['all_first'])},"
            f" {one['against']}: {_times(unknown['all_second'])}"
        )
        if "low" in unknown:
            ends += f"; by any split {_range([unknown['low'], unknown['high']])}"
    yield f"  unknown: {unknown['share']:.0%}{ends}"
    if main["word"] not in ("more", "fewer") and one["needed"]:
        yield f"  a true ratio of 1.7 would show in about {one['needed']} changes an arm"


def _counted(rate: dict[str, Any]) -> str:
    weighs = f" (weighing {rate['expected']:.1f})" if rate["expected"] != rate["issues"] else ""
    incidents = f"{rate['issues']} {noun(rate['issues'], 'incident')}{weighs}"
    return f"{incidents} in {many(rate['changes'], 'change')}"


def _ratio(one: dict[str, Any]) -> str:
    alike = one["alike"]
    like = f"; like with like {_times(alike['ratio'])} ({_range(alike['interval'])})"
    return (
        f"{_times(one['ratio'])} times as many per {one['unit']}, 95% {_range(one['shown'])}"
        f"{like if alike['ratio'] is not None else ''}"
    )


def _times(value: float | None) -> str:
    return "no telling" if value is None else f"{value:.2f}"


def _range(pair: list[float | None]) -> str:
    low, high = pair
    return f"{low or 0:.2f} to {'no limit' if high is None else f'{high:.2f}'}"
