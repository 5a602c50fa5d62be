"""The screen: shows records and passes choices on; it never computes a clinical number."""
