"""The domain's parts opened and closed; folder and disk looked after."""
