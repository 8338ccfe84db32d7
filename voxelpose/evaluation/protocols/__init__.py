"""What exactly a number is measured on, and how."""
