"""What a hospital asks of the program, each as a number with its target, measured anew."""
