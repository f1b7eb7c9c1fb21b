"""Layers made of patterns."""
