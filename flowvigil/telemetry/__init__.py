"""The contract between flows and monitors: what LangFlow holds, what code reports, what the specs watch.

Knows lists and files; nothing of the engine, of terminals or of how a rule is made.
"""
