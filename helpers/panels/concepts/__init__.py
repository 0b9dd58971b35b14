"""Panels that explain one idea each: dropout, penalties, early stopping, predictions."""
