"""Papers that are made from what is there: parts of others, requirements with their tests, the validation protocol."""
