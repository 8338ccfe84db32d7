"""From a configuration to the network and its data."""
