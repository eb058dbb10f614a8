"""Steps, forms and fields of the config and options flows."""
