"""`DataLab`: one's own table from file to exported network; it searches."""
