"""Drawn people on disk: pools, benchmarks, and drawing while training goes on."""
