"""Networks as files for other runtimes: written, run beside the original, and refused where they differ."""
