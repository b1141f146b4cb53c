"""What sort of mistake a failure is: a closed list, and an answer that says why or abstains.

A kind describes the failure, never whoever wrote the code; it is no evidence of provenance.
"""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """The kinds, by the names that labels and exports use; ``UNCLASSIFIED`` is a legal answer."""

    HALLUCINATED_PACKAGE = "hallucinated_package"
    HALLUCINATED_API = "hallucinated_api"
    WRONG_ATTRIBUTE = "wrong_attribute"
    WRONG_ARGUMENTS = "wrong_arguments"
    UNDEFINED_NAME = "undefined_name"
    NONE_DEREF = "none_deref"
    MISSING_KEY = "missing_key"
    INDEX_BOUNDARY = "index_boundary"
    WRONG_TYPE = "wrong_type"
    WRONG_VALUE_PARSE = "wrong_value_parse"
    MISSING_CORNER_CASE = "missing_corner_case"
    CONTRACT_ASSUMPTION = "contract_assumption"
    SWALLOWED_EXCEPTION = "swallowed_exception"
    ASYNC_CONCURRENCY = "async_concurrency"
    RESOURCE_EXHAUSTION = "resource_exhaustion"
    RECURSION_LOOP = "recursion_loop"
    ENV_CONFIG = "env_config"
    DATA_MIGRATION = "data_migration"
    EXTERNAL_DEPENDENCY = "external_dependency"
    AUTH_PERMISSION = "auth_permission"
    ENCODING = "encoding"
    INCOMPLETE_CODE = "incomplete_code"
    LOGIC_SILENT = "logic_silent"
    UNCLASSIFIED = "unclassified"

    @property
    def label(self) -> str:
        """Its name for people."""
        return _TOLD[self][0]

    @property
    def meaning(self) -> str:
        """One sentence on what it is."""
        return _TOLD[self][1]


@dataclass(frozen=True, slots=True, kw_only=True)
class KindGuess:
    """A kind, how sure (0 to 1), and why; ``source`` names the rule, ``model …`` or ``person``.

    Who abstains says ``UNCLASSIFIED``; ``runner_up`` is then the kind that was not sure enough,
    else the neighbour that a reader may want to consider.
    """

    kind: Kind
    certainty: float
    because: str
    source: str
    runner_up: Kind | None = None

    @property
    def abstained(self) -> bool:
        """Whether no kind is named."""
        return self.kind is Kind.UNCLASSIFIED


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """Something that would have caught failures of a kind: a rule of ``tool``, or a practice.

    ``tool`` and ``rule`` are empty for a practice that no tool checks; ``url`` documents it.
    """

    kind: Kind
    sort: str
    advice: str
    languages: tuple[str, ...] = ()
    tool: str = ""
    rule: str = ""
    url: str = ""


_TOLD: dict[Kind, tuple[str, str]] = {
    Kind.HALLUCINATED_PACKAGE: (
        "Package that is not there",
        "The code loads a module, package or class file that does not exist, was never added as"
        " a dependency, or was not shipped.",
    ),
    Kind.HALLUCINATED_API: (
        "API that is not there",
        "A library is there, but the function, class or constant asked of it never was, or not in"
        " the version that runs.",
    ),
    Kind.WRONG_ATTRIBUTE: (
        "Wrong member",
        "An object that exists is asked for a member that it does not have.",
    ),
    Kind.WRONG_ARGUMENTS: (
        "Call that does not fit",
        "A call does not fit what it calls: an argument missing, one too many, or one refused.",
    ),
    Kind.UNDEFINED_NAME: (
        "Undefined name",
        "A variable or function is used before it has a value, or without being defined at all.",
    ),
    Kind.NONE_DEREF: (
        "Null where a value was assumed",
        "A value was assumed to be there; it was null, and the code used it.",
    ),
    Kind.MISSING_KEY: (
        "Missing key or row",
        "An entry of a mapping, table or collection was assumed to exist and does not.",
    ),
    Kind.INDEX_BOUNDARY: (
        "Out of bounds",
        "A position lies outside a sequence: off by one, an empty list, a wrong length.",
    ),
    Kind.WRONG_TYPE: (
        "Wrong type",
        "A value that exists is of another type than the operation needs.",
    ),
    Kind.WRONG_VALUE_PARSE: (
        "Unreadable value",
        "A text could not be read as the number, date or other form that was expected.",
    ),
    Kind.MISSING_CORNER_CASE: (
        "Forgotten corner case",
        "An extreme but legal input was not thought of: zero, empty, single, last, duplicate.",
    ),
    Kind.CONTRACT_ASSUMPTION: (
        "Broken contract",
        "Two parts disagree about what one gives the other: a shape, a state, an invariant.",
    ),
    Kind.SWALLOWED_EXCEPTION: (
        "Swallowed error",
        "An error was caught and hidden; what is seen is its consequence.",
    ),
    Kind.ASYNC_CONCURRENCY: (
        "Concurrency",
        "Tasks or threads collide, or something is used at the wrong moment: a race, a lock, a"
        " promise not awaited, a thing used after it was closed.",
    ),
    Kind.RESOURCE_EXHAUSTION: (
        "Resource exhausted",
        "Something ran out: memory, disk, handles, connections of a pool, a quota.",
    ),
    Kind.RECURSION_LOOP: (
        "Endless recursion",
        "A recursion or loop does not end.",
    ),
    Kind.ENV_CONFIG: (
        "Environment or configuration",
        "A file, setting, secret, system library or registration of the surroundings is missing"
        " or wrong.",
    ),
    Kind.DATA_MIGRATION: (
        "Schema out of step",
        "The stored data or its schema and the code do not belong to the same version.",
    ),
    Kind.EXTERNAL_DEPENDENCY: (
        "Other service or network",
        "A remote service, or the network in between, failed.",
    ),
    Kind.AUTH_PERMISSION: (
        "Not allowed",
        "Credentials, a token, a role or access rights did not permit it.",
    ),
    Kind.ENCODING: (
        "Text encoding",
        "Bytes and text do not fit: character sets, escapes, percent-encoding.",
    ),
    Kind.INCOMPLETE_CODE: (
        "Unfinished code",
        "The code is a stub, says that it is not implemented, or is not valid.",
    ),
    Kind.LOGIC_SILENT: (
        "Silently wrong",
        "The result is wrong and nothing was raised; somebody, or a check, noticed.",
    ),
    Kind.UNCLASSIFIED: (
        "Not classified",
        "The trace does not say what sort of mistake this is.",
    ),
}
