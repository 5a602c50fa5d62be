"""What stands between the network and the app: where it listens and who may ask."""
