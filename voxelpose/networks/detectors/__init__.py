"""Networks that say where people are in a picture."""
