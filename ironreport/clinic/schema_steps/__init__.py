"""Steps from one form of the tables to the next, in order; each stays as it is once it was shipped."""
