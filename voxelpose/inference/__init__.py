"""From a picture to a pose."""
