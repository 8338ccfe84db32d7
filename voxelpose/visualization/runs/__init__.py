"""What shows a training run."""
