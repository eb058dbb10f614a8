"""What all tests share."""

# Before Home Assistant starts: the test plugin has a folder of the same name.
import custom_components  # noqa: F401 - the import is what it is for

pytest_plugins = ["tests.sharing_fixtures"]
