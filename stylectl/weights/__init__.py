"""Names to files, files to networks; every way a weights file can be wrong is a WeightsError."""
