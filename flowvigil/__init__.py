"""Monitors for LLM flows, as code, on Alibaba Cloud."""
