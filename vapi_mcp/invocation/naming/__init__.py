"""The names of saved objects, beside their ids."""
