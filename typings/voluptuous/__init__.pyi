# Home Assistant puts probatio in voluptuous' place at import: types as they are then.
from probatio import *  # noqa: F403, TID251 - all of it, and the one place that says so
