"""What is left when a writer, the server or the browser is killed at any moment."""
