"""Puts a review's comment on its pull request: one comment, found again by its marker, changed only when it differs.

Three doors with one shape: GitHub, GitLab, Codeup. Knows HTTP and the vendors' published references; knows nothing of
what a comment says but its first line.
"""
