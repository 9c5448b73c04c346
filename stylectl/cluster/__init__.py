"""A batch on several processes or hosts, through Ray: what `--engine ray` does."""
