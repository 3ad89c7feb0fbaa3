"""What the loader finds out about a machine, each fact with its evidence."""
