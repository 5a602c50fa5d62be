"""The room of a clinic: the day's list, who is due, the registry, one patient."""
