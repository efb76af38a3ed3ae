"""Lists the rules of the pack; constructing the pack starts its server, so nothing else may stand here."""

from pulumi_policy import EnforcementLevel, PolicyPack
from rules import RULES

PolicyPack("flowvigil", enforcement_level=EnforcementLevel.MANDATORY, policies=RULES)
