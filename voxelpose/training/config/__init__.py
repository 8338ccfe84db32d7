"""What a run is, as typed values read from YAML."""
