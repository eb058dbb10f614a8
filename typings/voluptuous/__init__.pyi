# Home Assistant replaces voluptuous with probatio at import, so these are its types.
from probatio import *  # noqa: F403, TID251 - the whole API; the only import of probatio
