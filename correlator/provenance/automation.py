"""Dependency bots, release robots and other machines that are no AI.

Exact accounts first. A GitHub app that nobody listed is taken for automation only if nothing in
its name hints at an agent: else we do not know.
"""

import re
from collections.abc import Iterator

from correlator.provenance.records import DETECTORS, Records
from correlator.provenance.tools import GITHUB_MAIL, LOW, recognise
from correlator.types import Author, Claim, Commit, Identity

CERTAIN = 0.95
_IDS = {
    49699333: "dependabot",
    27856297: "dependabot",
    29139614: "renovate",
    25180681: "renovate",
    41898282: "github-actions",
    66853113: "pre-commit-ci",
    37929162: "mergify",
    19733683: "snyk",
    23040076: "greenkeeper",
    16239342: "pyup",
    224641728: "gemini-cli-robot",
}
_MAILS = {
    "support@dependabot.com": "dependabot",
    "bot@renovateapp.com": "renovate",
    "renovate@whitesourcesoftware.com": "renovate",
    "action@github.com": "github-actions",
    "actions@github.com": "github-actions",
    "github-actions@github.com": "github-actions",
    "github-bot@pyup.io": "pyup",
    "snyk-bot@snyk.io": "snyk",
    "greenkeeper@greenkeeper.io": "greenkeeper",
    "semantic-release-bot@martynus.net": "semantic-release",
    "openstack-infra@lists.openstack.org": "openstack-proposal-bot",
    "infra-root@openstack.org": "openstack-proposal-bot",
    "zuul@openstack.org": "zuul",
    "gemini-cli-robot@google.com": "gemini-cli-robot",
    "transifex-bot@openedx.org": "transifex",
    "noreply@weblate.org": "weblate",
    "hosted@weblate.org": "weblate",
    "bot@crowdin.com": "crowdin",
    "support+bot@crowdin.com": "crowdin",
    "bors@app.bors.tech": "bors",
}
_NAMES = {
    "dependabot": "dependabot", "dependabot[bot]": "dependabot",
    "dependabot-preview[bot]": "dependabot", "renovate": "renovate",
    "renovate bot": "renovate", "renovate[bot]": "renovate", "renovate-bot": "renovate",
    "github-actions": "github-actions", "github-actions[bot]": "github-actions",
    "github actions": "github-actions", "github action": "github-actions",
    "pre-commit-ci[bot]": "pre-commit-ci", "pre-commit-ci": "pre-commit-ci",
    "mergify[bot]": "mergify", "semantic-release-bot": "semantic-release",
    "release-please[bot]": "release-please", "gemini-cli-robot": "gemini-cli-robot",
    "openstack proposal bot": "openstack-proposal-bot", "weblate": "weblate",
    "hosted weblate": "weblate", "imgbot[bot]": "imgbot", "crowdin bot": "crowdin",
    "allcontributors[bot]": "all-contributors", "k8s-ci-robot": "prow", "snyk-bot": "snyk",
    "getsentry-bot": "getsentry-bot", "bors[bot]": "bors",
    "transifex-integration[bot]": "transifex",
    "pyup-bot": "pyup", "greenkeeper[bot]": "greenkeeper", "scala steward": "scala-steward",
    "skia-recipe-autoroller": "autoroller", "engine-flutter-autoroll": "autoroller",
}  # fmt: skip
_AGENT_WORDS = frozenset(
    {
        "ai",
        "agent",
        "agents",
        "llm",
        "gpt",
        "codex",
        "copilot",
        "claude",
        "code",
        "coder",
        "dev",
        "swe",
    }
)


@DETECTORS.named("automation")
def automation(commit: Commit, _: Records) -> Iterator[Claim]:
    """A claim if the author is a machine that is no AI."""
    who = commit.author
    if recognise(who.name, who.email) is not None:
        return
    if robot := robot_of(who):
        yield _claim(who, robot, CERTAIN, f"the author is {robot}, which is automation and no AI")
    elif app := _unlisted_app(who):
        yield _claim(who, app, LOW, f"the author is {app}, an app that is not known as an agent")


def robot_of(who: Identity) -> str | None:
    """The known robot that an identity is, or None."""
    mail = who.email.strip().casefold()
    if robot := _MAILS.get(mail):
        return robot
    github = GITHUB_MAIL.match(mail)
    if github and github[1] and (robot := _IDS.get(int(github[1]))):
        return robot
    return _NAMES.get(who.name.strip().casefold())


def _unlisted_app(who: Identity) -> str | None:
    name = who.name.strip().casefold()
    if not name.endswith("[bot]") or len(name) > 100:
        return None
    words = re.split(r"[^a-z0-9]+", name.removesuffix("[bot]"))
    return None if _AGENT_WORDS.intersection(words) else name


def _claim(who: Identity, robot: str, certainty: float, because: str) -> Claim:
    return Claim(
        author=Author.AUTOMATION,
        mechanism="automation",
        role="authored",
        certainty=certainty,
        because=f"{because}: '{who.name[:100]} <{who.email[:200]}>'",
        tool=robot,
    )
