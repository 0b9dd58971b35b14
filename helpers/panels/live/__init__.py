"""`LiveLab`: one network that is trained while you watch."""
