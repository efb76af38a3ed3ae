"""From a rule's callback to the DingTalk message that says what is wrong, for whom, since when, and where to look.

A callback is stored, judged against what was told before, and becomes notices; notices become messages, one by one or,
in a storm, many in one. What is said of a flow comes from the settings that `flowvigil export relay` writes, never from
the callback. Knows names, queries and the reporter's wire; knows no spec, no plan, no Pulumi.
"""
