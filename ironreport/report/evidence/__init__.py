"""What is known, as rows and curves: for the Evidence page and ``ironreport check``."""
