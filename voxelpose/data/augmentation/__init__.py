"""How an example varies from one training view to the next."""
