"""Measures flows inside frameworks, one module each; a framework is imported only by the module named after it.

Builds on the reporter alone; knows nothing of the other rooms.
"""
