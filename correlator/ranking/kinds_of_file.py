"""What files are for, by their names: pinning dependencies, configuring, making schemas."""

import re

_PINS = re.compile(
    r"(?:^|/)(?:requirements[^/]*\.(?:txt|in)|constraints[^/]*\.txt|pyproject\.toml|setup\.(?:py|cfg)"
    r"|Pipfile(?:\.lock)?|poetry\.lock|uv\.lock|pdm\.lock|package(?:-lock)?\.json|yarn\.lock"
    r"|pnpm-lock\.yaml|bun\.lockb?|go\.(?:mod|sum)|pom\.xml|build\.gradle(?:\.kts)?"
    r"|libs\.versions\.toml|Gemfile(?:\.lock)?|[^/]+\.gemspec|composer\.(?:json|lock)"
    r"|Cargo\.(?:toml|lock)|[^/]+\.csproj|packages\.lock\.json|Dockerfile[^/]*)$"
)
_SCHEMA = re.compile(
    r"(?:^|/)(?:migrations?|versions|migrate)/(?:[^/]+/)?[^/]*\d{3,}[^/]*$|\.sql$"
    r"|(?:^|/)schema\.(?:rb|prisma|graphql)$|(?:^|/)V\d+(?:[._]\d+)*__[^/]+$"
)
_SETTINGS = re.compile(
    r"(?:^|/)(?:[^/]*(?:settings|config|configuration|environment)[^/]*\.\w+|settings/[^/]+|config/[^/]+"
    r"|\.env[^/]*|[^/]+\.(?:env|ini|cfg|toml|properties|tf)|(?:docker-)?compose[^/]*\.ya?ml"
    r"|values[^/]*\.ya?ml|Dockerfile[^/]*|Procfile|app\.(?:json|ya?ml))$"
)


def pins_dependencies(path: str) -> bool:
    """Whether it says which libraries, of which versions, a program runs with."""
    return _PINS.search(path) is not None


def makes_schema(path: str) -> bool:
    """Whether it is a database migration or schema."""
    return _SCHEMA.search(path) is not None


def configures(path: str) -> bool:
    """Whether it holds settings."""
    return _SETTINGS.search(path) is not None
