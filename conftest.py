"""What every test gets, whatever it tests."""

pytest_plugins = ["tests.translation_guard"]
