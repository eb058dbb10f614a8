"""What every test gets, whatever it tests."""

pytest_plugins = [
    "tests.quick",
    "tests.left_out",
    "tests.order",
    "tests.rtsp.fixtures",
    "tests.translation_guard",
    "tests.series",
]
