"""Writes a project of the user's own: what `flowvigil init` leaves in a folder.

Knows the files of a project and what may be answered; knows nothing of terminals or of what the cloud holds.
"""
