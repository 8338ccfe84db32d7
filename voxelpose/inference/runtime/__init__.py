"""Networks ready to run, and what runs them."""
