"""A folder for PYTHONPATH: Python imports its `sitecustomize` before anything else."""
