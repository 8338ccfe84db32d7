"""Examples: read from data sets, kept in stores, augmented, mixed into batches."""
