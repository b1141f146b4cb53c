"""What all commands have in common: help that shows how, one JSON document on request."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from correlator.cli import cli
from tests.gitrepo import GitRepo

# They run until they are stopped.
RUNNERS = {"demo", "up"}
# They write lines of JSON to --out.
WRITERS = {"evaluate culprits", "evaluate grouping"}


def every_command() -> Iterator[tuple[str, click.Context]]:
    """Each command that can be run, by its words."""

    def within(group: click.Group, context: click.Context) -> Iterator[tuple[str, click.Context]]:
        for name in group.list_commands(context):
            found = group.get_command(context, name)
            assert found is not None
            inner = click.Context(found, info_name=name, parent=context)
            if isinstance(found, click.Group):
                yield from within(found, inner)
            else:
                yield inner.command_path.removeprefix("correlator "), inner

    yield from within(cli, click.Context(cli, info_name="correlator"))


COMMANDS = dict(every_command())


@pytest.mark.parametrize("words", COMMANDS)
def test_the_help_says_what_it_does_shows_an_example_and_explains_each_option(words: str) -> None:
    context = COMMANDS[words]
    usage, _, told = context.command.get_help(context).partition("\n")
    assert usage.startswith(f"Usage: correlator {words}")
    assert f"correlator {words}" in told
    for option in context.command.params:
        if isinstance(option, click.Option) and not option.hidden:
            assert option.help, option.opts


@pytest.mark.parametrize("words", sorted(set(COMMANDS) - RUNNERS - WRITERS))
def test_it_prints_one_json_document_when_asked(words: str) -> None:
    assert any("--json" in option.opts for option in COMMANDS[words].command.params)


def test_what_exit_codes_mean_is_said_first() -> None:
    told = CliRunner().invoke(cli, ["--help"])
    assert "Exit codes: 0" in told.output


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, git_repo: GitRepo) -> "Ask":
    monkeypatch.setenv("CORRELATOR_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("CORRELATOR_ALLOWED_REPOSITORY_PATHS", str(git_repo.path.parent))
    git_repo.commit("one", {"app.py": "a = 1\n"})
    return Ask(git_repo.path)


class Ask:
    """Commands of one installation, asked for JSON."""

    def __init__(self, repository: Path) -> None:
        self.repository = str(repository)

    def __call__(self, *words: str) -> Any:
        told = CliRunner().invoke(cli, [*words, "--json"])
        assert told.exit_code == 0, told.output
        return json.loads(told.stdout)


def test_what_is_made_listed_and_taken_back_is_told_in_json(ask: Ask) -> None:
    made = ask("account", "add", "ana@example.org")
    assert made["password"]
    changed = ask("account", "new-password", "ana@example.org")
    assert changed["password"] != made["password"]
    (account,) = ask("account", "list")
    assert account["email"] == "ana@example.org"

    assert ask("migrate", "--check") == {"current": True}
    ask("project", "add", "shop")
    ask("token", "add", "ci")
    assert ask("token", "revoke", "1") == {"revoked": 1}

    ask("repo", "add", "code", ask.repository)
    linked = {"project": "shop", "repository": "code", "looked_at_again": 0}
    assert ask("repo", "link", "code", "shop") == linked
    (fetched,) = ask("repo", "fetch", "code")
    assert fetched["state"] == "ready"
    assert ask("repo", "remove", "code") == {"removed": "code"}
    assert ask("repo", "fetch") == []


def test_blames_of_lines_are_kept_where_one_says(ask: Ask, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    ask("provenance", ask.repository, "--lines", "--cache", str(elsewhere))
    assert list(elsewhere.iterdir())
    assert not (tmp_path / "data").exists()
    refused = CliRunner().invoke(cli, ["provenance", ask.repository, "--cache", str(elsewhere)])
    assert (refused.exit_code, "give --lines" in refused.output) == (2, True)
