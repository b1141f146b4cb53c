"""``correlator train``: learn from what people confirmed, rejected and reverted here."""

import sys
from typing import Any

import click

from correlator.cli import EXIT_NO, as_json, command_world, json_option


@click.command()
@click.option("--dry-run", is_flag=True, help="Gather, fit and compare; change nothing.")
@click.option(
    "--use", "version", metavar="VERSION", help="Use a version that is kept, or 'shipped'."
)
@json_option
def command(dry_run: bool, version: str | None, wants_json: bool) -> None:
    """Refit the ranking's weights on this installation's own labelled cases.

    Labels are what people confirmed or rejected, and suspects that were reverted after their issue
    began. The new weights are used only if they are better on cases they have not seen; the rule is
    in docs/learning.md. Workers take new weights up with the next verdict.

    Exit code 0: new weights are in use (with --dry-run: would be); 1: those in use stay, and the
    reason is said; 2: it could not be done.

    \b
    Examples:
      correlator train --dry-run
      correlator train --use shipped
    """
    # NumPy and its friends take half a second to import, and only this command needs them.
    from correlator.steps import drain
    from correlator.steps.train import adopt, choose, look
    from correlator.types import Next

    world = command_world()
    if version is not None:
        using = choose(world, version)
        click.echo(as_json({"in_use": using}) if wants_json else f"In use: weights {using}.")
        return
    drain(world, Next("label"))
    training = look(world)
    using = training.in_use.version if dry_run else adopt(world, training)
    shown: dict[str, Any] = {
        "candidate": training.candidate.version if training.candidate else None,
        "replaces": training.replaces,
        "because": training.judged.because,
        "in_use": using,
        "dry_run": dry_run,
        "labels": dict(training.labels),
        "cases": training.cases,
        "left_out": dict(training.left_out),
        "metrics": dict(training.judged.metrics),
    }
    click.echo(as_json(shown) if wants_json else _as_text(shown))
    sys.exit(0 if training.replaces else EXIT_NO)


def _as_text(shown: dict[str, Any]) -> str:
    sources = ", ".join(f"{count} {name}" for name, count in sorted(shown["labels"].items()))
    lines = [f"Labels: {sources or 'none yet'}. Issues to learn from: {shown['cases']}."]
    lines += [f"  left out: {n}, as {why}" for why, n in sorted(shown["left_out"].items())]
    for name in ("own", "shipped"):
        if figures := shown["metrics"].get(name):
            lines.append(
                f"  {name:<8} loss {figures['loss']:.3f}, first right {figures['first right']}"
                f" of {figures['first known']}, named and wrong {figures['named and wrong']}"
            )
    verb = "Better" if shown["replaces"] else "Not replaced"
    lines.append(f"{verb}: {shown['because']}.")
    lines.append(f"In use: weights {shown['in_use']}.")
    if shown["dry_run"]:
        lines.append("This was a dry run: nothing was changed.")
    return "\n".join(lines)
