"""Commands for operators and developers; each makes one domain call."""
