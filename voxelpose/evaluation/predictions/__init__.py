"""What is measured: a network run over people, or a file of predictions."""
