"""Sequences as files that other programs read: tables, animation, biomechanics."""
