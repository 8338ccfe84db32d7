"""Typed values from files that people write: every key is read, and every problem is a sentence."""
