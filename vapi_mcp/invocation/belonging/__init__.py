"""Keeping a server to the objects of one client: its own view of an organisation."""
