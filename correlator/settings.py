"""Settings: read once, every fault in one message. Nothing else reads the environment."""

import hashlib
import ipaddress
import os
import secrets
import tempfile
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from correlator.errors import Permanent

MEBIBYTE = 1024 * 1024
_SECRETS_DIR = "CORRELATOR_SECRETS_DIR"
_CHECKOUT = Path(__file__).resolve().parent.parent
SOCKET_PATH_LIMIT = 104  # bytes: 108 on Linux, 104 on macOS, the closing zero included


class Settings(BaseSettings):
    """One field, one environment variable ``CORRELATOR_<NAME>``; secrets may come from files
    of that name in the directory that ``CORRELATOR_SECRETS_DIR`` names."""

    model_config = SettingsConfigDict(env_prefix="CORRELATOR_", frozen=True, extra="ignore")

    data_dir: Path = Field(
        Path("data"),
        description="Where mirrors, the embedded database and broker live; unset: beside `./run`.",
    )
    database_url: str = Field(
        "", description="PostgreSQL address; empty: SQLite in the data directory."
    )
    redis_url: str = Field(
        "", description="Redis or Valkey address; empty: a private Valkey in the data directory."
    )
    secret_key: SecretStr = Field(
        SecretStr(""), description="Signs sessions and hashes users; empty: made once and kept."
    )
    base_url: str = Field(
        "http://127.0.0.1:8320", description="Address that people and SDKs reach this at."
    )
    host: str = Field("127.0.0.1", description="Address that the web server listens on.")
    port: int = Field(8320, ge=0, le=65535, description="Port that the web server listens on.")
    trusted_proxies: int = Field(
        0, ge=0, le=8, description="Proxies in front whose X-Forwarded headers are believed."
    )
    web_threads: int = Field(8, ge=1, le=128, description="Threads of the web server.")
    workers: int = Field(2, ge=1, le=64, description="Worker processes that do the work.")
    allowed_repository_paths: Annotated[tuple[Path, ...], NoDecode] = Field(
        (), description="Directories (separated by ':') under which local repositories may lie."
    )
    private_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Hosts (separated by ',') at private addresses that may be called."
    )
    wire_limit: int = Field(
        20 * MEBIBYTE, ge=1024, description="Largest request body, in bytes, as sent."
    )
    decoded_limit: int = Field(
        64 * MEBIBYTE, ge=1024, description="Largest request body, in bytes, decompressed."
    )
    event_limit: int = Field(
        MEBIBYTE, ge=1024, description="Largest single event, in bytes, decompressed."
    )
    git_timeout: float = Field(60.0, gt=0, description="Seconds one git command may take.")
    fetch_timeout: float = Field(
        1800.0, gt=0, description="Seconds a clone or fetch of a repository may take."
    )
    fetch_interval: float = Field(
        120.0, gt=0, description="Seconds between fetches of a repository's mirror."
    )
    forge_interval: float = Field(
        900.0, gt=0, description="Seconds between questions to a forge about pull requests."
    )
    lease_seconds: float = Field(
        60.0, gt=0, description="Seconds after which a worker's claim is taken for dead."
    )
    sweep_seconds: float = Field(
        5.0, gt=0, description="Seconds between sweeps for work whose wake-up was lost."
    )
    retention_days: float = Field(
        90.0, gt=0, description="Days that events are kept; each issue's samples stay for good."
    )
    retention_samples: int = Field(
        20, ge=1, le=1000, description="Events kept of each issue however old, over its releases."
    )
    disk_budget: int = Field(
        0, ge=0, description="Bytes that stored events may take; 0: as many as there are."
    )
    inbox_days: float = Field(
        7.0,
        gt=0,
        description="Days that a finished delivery is remembered, so as to know it again.",
    )
    trouble_days: float = Field(30.0, gt=0, description="Days that resolved trouble is kept.")
    stages: Annotated[tuple[str, ...], NoDecode] = Field(
        (
            "ci=ci",
            "test=ci",
            "development=ci",
            "staging=staging",
            "preview=staging",
            "qa=staging",
            "canary=canary",
        ),
        description="Which environments are ci, staging or canary, as 'name=stage,…'; else full.",
    )
    cost_currency: str = Field(
        "", max_length=8, description="Currency of the two rates below; empty: no money is shown."
    )
    cost_per_open_hour: float = Field(
        0.0, ge=0, description="What an hour costs for which an issue is open."
    )
    cost_per_redeploy: float = Field(0.0, ge=0, description="What one redeploy costs.")
    metrics_from: Annotated[tuple[str, ...], NoDecode] = Field(
        ("127.0.0.0/8", "::1/128"),
        description="Networks (separated by ',') that may read /metrics without a token.",
    )
    metrics_token: SecretStr = Field(
        SecretStr(""), description="Bearer token that lets any address read /metrics."
    )
    keep_prompts: bool = Field(
        False, description="Keep and show the first prompt of an agent's session, where recorded."
    )
    sentry_dsn: SecretStr = Field(
        SecretStr(""), description="Where Correlator's own errors go; never to itself."
    )
    mail_host: str = Field("", description="SMTP server for reports; empty: no mail is sent.")
    mail_port: int = Field(587, ge=1, le=65535, description="Port of the SMTP server.")
    mail_security: str = Field(
        "starttls", pattern="^(starttls|tls|none)$", description="starttls, tls or none."
    )
    mail_user: str = Field("", description="Login at the SMTP server; empty: none.")
    mail_password: SecretStr = Field(SecretStr(""), description="Password of that login.")
    mail_from: str = Field("", description="Sender of reports: an address at your domain.")
    log_format: str = Field("json", pattern="^(json|text)$", description="json or text.")
    log_level: str = Field(
        "INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="Least level logged."
    )

    @field_validator("allowed_repository_paths", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part for part in value.split(":") if part) if isinstance(value, str) else value

    @field_validator("private_hosts", mode="before")
    @classmethod
    def _hosts(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip().lower() for part in value.split(",") if part.strip())
        return value

    @field_validator("stages", mode="before")
    @classmethod
    def _stages(cls, value: object) -> object:
        """Pairs as they are written; a ValueError names the one that is none."""
        if not isinstance(value, str):
            return value
        pairs = tuple(part.strip().lower() for part in value.split(",") if part.strip())
        for pair in pairs:
            if pair.partition("=")[2] not in {"ci", "staging", "canary", "full"}:
                raise ValueError(f"{pair!r} names no stage: ci, staging, canary or full")
        return pairs

    @field_validator("metrics_from", mode="before")
    @classmethod
    def _networks(cls, value: object) -> object:
        """Networks as they are written; a ValueError names the one that is none."""
        if isinstance(value, str):
            value = tuple(part.strip() for part in value.split(",") if part.strip())
        for part in value if isinstance(value, tuple) else ():
            ipaddress.ip_network(part)
        return value

    @property
    def database(self) -> str:
        """The database address in force."""
        return self.database_url or f"sqlite:///{self.data_dir.resolve() / 'correlator.sqlite'}"

    @property
    def stage_by_environment(self) -> dict[str, str]:
        """Which stage the environments are that are not everybody's."""
        return {name: stage for name, _, stage in (pair.partition("=") for pair in self.stages)}

    @property
    def broker_socket(self) -> Path:
        """The embedded broker's unix socket; in a short private directory where the system's
        limit on the length of such a path would not let it lie in the data directory."""
        wanted = self.data_dir.resolve() / "valkey.sock"
        if len(os.fsencode(wanted)) < SOCKET_PATH_LIMIT:
            return wanted
        mark = hashlib.sha256(os.fsencode(wanted)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"correlator-{os.getuid()}-{mark}" / "valkey.sock"

    @property
    def broker(self) -> str:
        """The broker address in force."""
        return self.redis_url or f"redis+socket://{self.broker_socket}"

    @property
    def mirrors(self) -> Path:
        """Directory of the bare mirrors."""
        return self.data_dir.resolve() / "mirrors"

    @property
    def weights(self) -> Path:
        """Directory of the installation's own weights."""
        return self.data_dir.resolve() / "weights"

    def secret(self) -> bytes:
        """The installation's secret; made once, readable by its owner only."""
        if given := self.secret_key.get_secret_value():
            return given.encode()
        kept = self.data_dir / "secret_key"
        try:
            return kept.read_bytes()
        except FileNotFoundError:
            self.data_dir.mkdir(parents=True, exist_ok=True)
        # Linked into place whole: another process that starts now must not read half of it.
        made = secrets.token_hex(32).encode()
        draft = self.data_dir / f".secret_key-{secrets.token_hex(8)}"
        with open(draft, "xb", opener=_private) as file:
            file.write(made)
        try:
            kept.hardlink_to(draft)
        except FileExistsError:
            return kept.read_bytes()
        finally:
            draft.unlink()
        return made


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def load_settings(**given: object) -> Settings:
    """Read the settings; Permanent with every fault in one message."""
    faults = _misspelt()
    secrets_dir = os.environ.get(_SECRETS_DIR) or None
    if secrets_dir and not Path(secrets_dir).is_dir():
        faults.append(f"{_SECRETS_DIR}: there is no directory {secrets_dir}")
        secrets_dir = None
    try:
        settings = Settings(**{"_secrets_dir": secrets_dir, **given})  # type: ignore[arg-type]
    except ValidationError as fault:
        faults += [
            f"CORRELATOR_{'_'.join(str(part) for part in error['loc']).upper()}: {error['msg']}"
            for error in fault.errors()
        ]
    if faults:
        raise Permanent("These settings cannot be used:\n  " + "\n  ".join(faults))
    if "data_dir" in settings.model_fields_set or not (_CHECKOUT / "run").is_file():
        return settings
    # A command typed in the user's own repository must mean the installation that ./run made,
    # and not make another one there.
    return settings.model_copy(update={"data_dir": _CHECKOUT / settings.data_dir})


def _misspelt() -> list[str]:
    known = {f"CORRELATOR_{name.upper()}" for name in Settings.model_fields} | {_SECRETS_DIR}
    faults = []
    for name in sorted(set(os.environ) - known):
        close = get_close_matches(name, known, 1, 0.9) if name.startswith("CORRELATOR_") else []
        faults += [f"{name}: there is no such setting; is {meant} meant?" for meant in close]
    return faults
