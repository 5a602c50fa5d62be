"""What is carried to a computer without internet: an offline folder, a frozen program; made by ``make bundle``."""
