"""The numbers of every room of the fit, kept in a file, on decays that visit its corners."""
