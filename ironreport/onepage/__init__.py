"""One HTML page that needs no program: Quick check in plain JavaScript, made from the knowledge files."""
