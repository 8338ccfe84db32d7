"""One run: its steps, its checkpoints, its folder, its logs."""
