"""The room that knows what a team wants of its changes: a policy read, and a change judged by it.

Values in, ``Ruling``s out: kept, broken, or cannot tell, each with the rule and why. Nothing here
knows where files, reviews or deploys come from.
"""

from correlator.policy.judgement import Situation, judge, worst
from correlator.policy.reading import FILE, read_policy
from correlator.policy.rules import NO_POLICY, Policy, Waiver

__all__ = [
    "FILE",
    "NO_POLICY",
    "Policy",
    "Situation",
    "Waiver",
    "judge",
    "read_policy",
    "worst",
]
