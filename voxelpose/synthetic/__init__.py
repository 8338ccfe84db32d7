"""People drawn on demand, with exact joints."""
