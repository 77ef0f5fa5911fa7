"""Addresses of the server, one module a subject."""
