"""A folder of results in the browser."""
