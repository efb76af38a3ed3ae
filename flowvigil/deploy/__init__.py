"""Brings a stack to its plan with the real engine, and proves it: recover, refuse what is foreign, run, verify.

Knows specs and plans as text and data; never imports Pulumi, which runs as a program;
pack_process alone, a program too, imports the SDK of policy packs.
"""
