"""What one hospital sets for itself: defaults, local limits, logo; filled in before an exam is assessed."""
