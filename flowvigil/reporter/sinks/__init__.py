"""Where measurements go.

Each sink delivers one batch and says what became of it; queues and retries are not its business.
"""
