"""What an evaluation says: numbers, comparison, diagnosis, the worst cases."""
