"""What one hospital sets for itself: defaults, limits of its own, local limits, logo; filled in before an exam is assessed."""
