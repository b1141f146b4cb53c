"""Dependency bots, release robots and other machines that are no AI.

Exact accounts only. A GitHub app that nobody listed may be an agent as well: its commit is
automation only where the subject is that of a release or of a dependency update.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from correlator.provenance.message import parse
from correlator.provenance.records import DETECTORS, Records
from correlator.provenance.tools import GITHUB_MAIL, MEDIUM, recognise, split_identity
from correlator.types import Author, Claim, Commit, Identity

CERTAIN = 0.95
_IDS = {
    49699333: "dependabot",
    27856297: "dependabot",
    29139614: "renovate",
    25180681: "renovate",
    41898282: "github-actions",
    262049992: "ghostty-vouch",
    285320059: "beads-flake-updater",
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
    "copybara-service[bot]": "copybara", "gcf-owl-bot[bot]": "owl-bot",
    "dotnet-maestro[bot]": "maestro", "dotnet bot": "dotnet-bot", "vercel-release-bot": "vercel",
    "autofix-ci[bot]": "autofix-ci", "deepsource-autofix[bot]": "deepsource",
    "github-merge-queue[bot]": "github", "facebook-github-bot": "copybara",
    "pytorchmergebot": "pytorchbot", "pytorchbot": "pytorchbot", "brewtestbot": "homebrew",
    "kibanamachine": "kibana", "elasticmachine": "elastic", "opentelemetrybot": "opentelemetry",
    "blacksmith-sh[bot]": "blacksmith",
    "getsantry[bot]": "getsantry", "sentry-release-bot[bot]": "sentry-release-bot",
    "skia-recipe-autoroller": "autoroller", "engine-flutter-autoroll": "autoroller",
}  # fmt: skip
_ROUTINE = re.compile(
    r"\A(?:\[[^\]]{1,40}\] ?)?(?:(?:chore|build|ci|release)(?:\([^)]{1,40}\))?!?: ?)?"
    r"(?:bump|release|prepare release|update dependenc|update version|version bump|v?\d+\.\d+)",
    re.IGNORECASE,
)


@DETECTORS.named("automation")
def automation(commit: Commit, _: Records) -> Iterator[Claim]:
    """A claim if the author is a machine that is no AI."""
    who = commit.author
    if recognise(who.name, who.email) is not None:
        return
    if robot := robot_of(who):
        yield _claim(who, robot, CERTAIN, f"the author is {robot}, which is automation and no AI")
    elif who.name.strip().casefold().endswith("[bot]"):
        yield _of_unlisted(who, commit)


def robot_of(who: Identity) -> str | None:
    """The known robot that an identity is, or None."""
    mail = who.email.strip().casefold()
    if robot := _MAILS.get(mail):
        return robot
    github = GITHUB_MAIL.match(mail)
    if github and github[1] and (robot := _IDS.get(int(github[1]))):
        return robot
    return _NAMES.get(who.name.strip().casefold())


def _of_unlisted(who: Identity, commit: Commit) -> Claim:
    name = who.name.strip().casefold()[:100]
    if _ROUTINE.match(commit.subject[:200]):
        words = f"the author is {name}, an app, and the subject is that of a release or an update"
        return _claim(who, name, MEDIUM, words)
    if helper := _robot_beside(commit):
        words = f"the author is {name}, an app, which worked together with {helper}"
        return _claim(who, name, MEDIUM, words)
    words = f"the author is {name}, an app that is known neither as an agent nor as a robot"
    return replace(_claim(who, name, 0.0, words), author=Author.UNKNOWN)


def _robot_beside(commit: Commit) -> str | None:
    """A known robot among the co-authors."""
    for one in parse(commit.message).trailers:
        if one.key == "co-authored-by":
            name, mail = split_identity(one.value)
            if recognise(name, mail) is None and (robot := robot_of(Identity(name, mail))):
                return robot
    return None


def _claim(who: Identity, robot: str, certainty: float, because: str) -> Claim:
    return Claim(
        author=Author.AUTOMATION,
        mechanism="automation",
        role="authored",
        certainty=certainty,
        because=f"{because}: '{who.name[:100]} <{who.email[:200]}>'",
        tool=robot,
    )
