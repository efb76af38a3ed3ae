"""Measures the runs of a flow: what a service imports at run time.

Standard library only; knows nothing of the other rooms.
"""
