"""What stands between the network and the app: where it listens, who may ask, what it forgets."""
