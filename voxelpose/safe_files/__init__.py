"""Reading other people's files without running their code and without believing the sizes that they declare."""
