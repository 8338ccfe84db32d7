"""What networks are put together from: stems, stages, normalisation."""
