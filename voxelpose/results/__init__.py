"""What comes out: poses, sequences, nobody; written and read here."""
