"""What the stored results of a suite say."""
