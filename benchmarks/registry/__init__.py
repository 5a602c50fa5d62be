"""A registry of many patients: how long each question takes, how large the database is, on SQLite and PostgreSQL."""
