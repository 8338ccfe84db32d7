"""What a drawn person wears."""
