"""Pictures, boxes and cameras, as they are given."""
