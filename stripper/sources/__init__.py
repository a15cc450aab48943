"""Sources: whatever comes in, cut into blocks, each with its evidence."""
