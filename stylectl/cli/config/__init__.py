"""Values of options from files and the environment: docs/configuration.md."""
