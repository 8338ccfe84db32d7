"""From volumes to joints in millimetres."""
