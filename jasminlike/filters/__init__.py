"""Conditions on messages, shared by routes and interceptors: what they look at, and whether they hold. Pure."""
