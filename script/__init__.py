"""The commands of the project, and what they are made of."""
