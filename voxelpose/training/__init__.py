"""Training: configuration, losses, optimizer, run, devices, rehearsal."""
