"""What one hospital sets for itself: defaults, limits, name and logo; filled in before an exam is assessed."""
