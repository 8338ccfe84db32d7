"""Many pictures as one table."""
