"""People followed through videos."""
