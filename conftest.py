"""What every test gets, whatever it tests."""

pytest_plugins = [
    "tests.quick",
    "tests.left_out",
    "tests.rtsp.fixtures",
    "tests.translation_guard",
    "tests.faults.options",
    "tests.e2e.crash.options",
]
