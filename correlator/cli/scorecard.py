"""``correlator scorecard``: how right this installation's verdicts were, as far as people said."""

import sys
from typing import Any

import click

from correlator.cli import EXIT_NO, as_json, command_world, json_option
from correlator.plurals import many


@click.command()
@json_option
def command(wants_json: bool) -> None:
    """Say how often named culprits were right, and whether stated confidence was borne out.

    Only verdicts count that somebody judged, or whose suspect was reverted: the rest is unknown.

    Exit code 0: something was judged; 1: nothing was, so there is nothing to say; 2: it could not
    be done.

    \b
    Examples:
      correlator scorecard
      correlator scorecard --json
    """
    from correlator.store.session import reading
    from correlator.store.verdicts.scorecard import whole
    from correlator.store.verdicts.scorecard_sums import card
    from correlator.store.verdicts.scored import told_behind

    with reading(command_world().engine) as session:
        told = {**card(whole(session)), "behind": told_behind(session)}
    click.echo(as_json(told) if wants_json else _as_text(told))
    sys.exit(0 if told["right"]["of"] else EXIT_NO)


def _as_text(told: dict[str, Any]) -> str:
    named, right = told["named"], told["right"]
    lines = [f"{told['verdicts']['count']} verdicts, {named['count']} name a culprit."]
    if told["behind"]["count"]:
        least = "at least " if told["behind"]["is_least"] else ""
        lines.append(
            f"Not counted yet: what was said of {least}{many(told['behind']['count'], 'issue')}. "
            "A worker makes up for it; without one: `correlator up`."
        )
    if not right["of"]:
        return "\n".join([*lines, "Nobody has judged a named culprit yet: confirm or reject some."])
    lines.append(
        f"{right['of']} of these were judged: {right['count']} right, {told['wrong']['count']} "
        f"wrong ({right['share']:.0%}, 95% interval {right['low']:.0%} to {right['high']:.0%}); "
        f"{named['count'] - right['of']} were judged by nobody and count for nothing."
    )
    known = (band for band in told["bands"] if band["right"]["of"])
    return "\n".join([*lines, *map(_band, known)])


def _band(band: dict[str, Any]) -> str:
    right = band["right"]
    return (
        f"  stated {band['stated']:.0%} on average: {right['count']} of {right['of']} right"
        f" ({right['low']:.0%} to {right['high']:.0%})"
    )
