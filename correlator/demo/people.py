"""Who works on the demo's service: people, coding tools and robots, with the marks they leave.

Identities and trailers are the ones that the real tools write.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Person:
    """A name and address as git shows them."""

    name: str
    email: str

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>"


@dataclass(frozen=True, slots=True)
class Help:
    """What a coding tool leaves in a commit whose author is a person (``suffix`` on the name)."""

    trailers: tuple[str, ...] = ()
    footer: str = ""
    suffix: str = ""


def _at_lantern(name: str) -> Person:
    return Person(name, f"{name.split()[0].lower().replace('-', '')}@lantern.example")


MAYA = _at_lantern("Maya Lindqvist")
TOMAS = Person("Tomás Ferreira", "tomas@lantern.example")
PRIYA = _at_lantern("Priya Raman")
JONAS = _at_lantern("Jonas Weber")
AIKO = _at_lantern("Aiko Tanaka")
LENA = _at_lantern("Lena Okafor")
RUBEN = _at_lantern("Ruben Castillo")
HANNAH = _at_lantern("Hannah Byrne")
OLU = _at_lantern("Olu Adeyemi")
MEILING = _at_lantern("Mei-Ling Zhao")
PIOTR = _at_lantern("Piotr Nowak")
SOFIA = _at_lantern("Sofia Marchetti")
DANIEL = _at_lantern("Daniel Cohen")
CLAUDE = _at_lantern("Claude Moreau")  # a person, whatever the name suggests


def _app(login: str, number: int, name: str | None = None) -> Person:
    return Person(name or login, f"{number}+{login}@users.noreply.github.com")


COPILOT_AGENT = _app("Copilot", 198982749)
CURSOR_AGENT = Person("Cursor Agent", "cursoragent@cursor.com")
DEVIN = _app("devin-ai-integration[bot]", 158243242)
JULES = _app("google-labs-jules[bot]", 161369871)
DEPENDABOT = _app("dependabot[bot]", 49699333)
ACTIONS = _app("github-actions[bot]", 41898282)

CLAUDE_CODE = Help(
    trailers=("Co-Authored-By: Claude Opus 4.6 <noreply@anthropic.com>",),
    footer="🤖 Generated with [Claude Code](https://claude.com/claude-code)",
)
CLAUDE_CODE_SONNET = Help(
    trailers=("Co-Authored-By: Claude Sonnet 4.6 <noreply@anthropic.com>",),
    footer="🤖 Generated with [Claude Code](https://claude.com/claude-code)",
)
COPILOT_CLI = Help(
    trailers=("Co-authored-by: Copilot <223556219+Copilot@users.noreply.github.com>",)
)
CURSOR = Help(trailers=("Co-authored-by: Cursor <cursoragent@cursor.com>",))
CODEX = Help(trailers=("Co-authored-by: Codex <noreply@openai.com>",))
AIDER = Help(
    trailers=("Co-authored-by: aider (gpt-5.5) <aider@aider.chat>",),
    suffix=" (aider)",
)
AMP = Help(
    trailers=(
        "Amp-Thread-ID: https://ampcode.com/threads/T-7c1d4f0a-52ce-4f0e-9d0b-3a4c1f6de201",
        "Co-authored-by: Amp <amp@ampcode.com>",
    )
)
COPILOT_SUGGESTION = Help(
    trailers=("Co-authored-by: Copilot <175728472+Copilot@users.noreply.github.com>",)
)
