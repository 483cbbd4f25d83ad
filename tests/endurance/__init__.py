"""`make endurance`: long runs of the monkey on every kind of vault, and hundreds of whole runs in one process."""
