"""What stands around a drawn person: backgrounds, ground, light, seats, things in front."""
