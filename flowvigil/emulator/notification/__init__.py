"""Carries notices to people and programs: contacts, DingTalk robots, callbacks, and the outbox that keeps them all."""
