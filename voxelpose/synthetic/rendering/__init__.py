"""Meshes as pictures."""
