"""The interactive page of a result; its script and style are in `page/`."""
