"""One device, several, or several processes."""
