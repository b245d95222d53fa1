"""HTML that several widgets show: the account of memory, and the buttons that vote."""
