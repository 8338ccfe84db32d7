"""What things cost: time and peak memory of the parts, each variant in its own process, runs interleaved."""
