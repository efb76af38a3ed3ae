"""The review room: what a pull request shows.

Lint, and two versions of a project, read through git, compared by what they plan and said in a comment.
Knows the corridor but for its last step; knows no engine, no cloud, no emulator and no terminal.
"""
