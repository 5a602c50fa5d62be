"""The workbench of the Images page: the board of regions, their readings, and the exam they become."""
