"""Bodies, their bones and the poses that they take."""
