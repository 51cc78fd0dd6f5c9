"""What two services or more need to run, and nothing else."""
