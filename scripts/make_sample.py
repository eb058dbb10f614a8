"""Create an example of every format in docs/protocol.md, with keys, for comparison.

    python -m scripts.make_sample FOLDER

Home and agency are the real code; no format is written here.
"""

import asyncio
from pathlib import Path
import sys

from agency.doorwatch_agency.signing.keys import load_key
from custom_components.doorwatch.engine.sharing.documents.discovery import WELL_KNOWN
from custom_components.doorwatch.engine.sharing.signing.jws import (
    fingerprint,
    thumbprint,
)
from scripts.sample_parts.agency import answer, make_agency, open_package
from scripts.sample_parts.home import make_home
from scripts.sample_parts.scene import (
    AGENCY_ID,
    HANDED_OVER,
    NOW,
    ORIGIN,
    PAGE_ID,
    SENT,
    Sample,
)

README = f"""\
# Sample

One of everything that `docs/protocol.md` describes, made by the real home and the real agency on {NOW:%Y-%m-%d}. The keys are published with it: **for tests only, they protect nothing.**

| file | |
|---|---|
| `agency/root.pem`, `agency/online.pem`, `agency/age-identity.txt` | keys of the agency: the root, the online key, the age identity |
| `agency/agency.toml`, `terms.txt`, `retention.txt`, `request.toml` | what it publishes, as an officer writes it |
| `agency/feed/`, `agency/published/`, `agency/root.pem.last` | the history of its feed; what it published, and the number of the last document |
| `site/.well-known/doorwatch-agency` | its discovery document, signed by the root |
| `site/requests.jws` | its feed with one request, signed by the online key |
| `home/keys/{AGENCY_ID}.pem`, `home/keys/{PAGE_ID}.pem` | keys of the home: for that agency, and for one that sends upload links |
| `home/clip.mp4` | the recording: 3 s, H.264 and AAC |
| `home/ledger.jsonl` | the home's ledger, exported |
| `home/consent-receipt.jws` | what the person keeps |
| `home/withdrawal.jws` | the home asks for the share to be deleted |
| `package/{SENT}.tar.age` | a package as it is sent. It answers the request, and has a draft declaration |
| `package/{SENT}.tar` | the same, decrypted |
| `package/doorwatch-{SENT}/` | the same, unpacked |
| `handed-over/doorwatch-{HANDED_OVER}.zip` | a package for a person to hand over: a part, without audio, an area covered |
| `answers/receipt.jws` | the agency has the package, and opened it |
| `answers/answer.jws` | the agency deleted it |

The agency is `{ORIGIN}`. Fingerprints: home to that agency `{{home}}`, its root `{{root}}`.

```sh
verify.sh -i agency/age-identity.txt -d site{WELL_KNOWN} package/{SENT}.tar.age {ORIGIN}
verify.sh handed-over/doorwatch-{HANDED_OVER}.zip {ORIGIN}
verify-ledger.sh home/ledger.jsonl
```
"""


def make_sample(folder: Path) -> None:
    """Create the sample in a new or empty folder."""
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise SystemExit(f"{folder} is not empty")
    sample = Sample(folder=folder)
    make_agency(sample)
    home, package = asyncio.run(make_home(sample))
    open_package(sample)
    answer(sample, home, package)
    root = load_key(sample.agency / "root.pem").public_key()
    shown = {"home": fingerprint(home), "root": fingerprint(thumbprint(root))}
    (folder / "README.md").write_text(README.format(**shown))


def main(arguments: list[str]) -> int:
    """Create a sample in the folder of the first argument."""
    if len(arguments) != 1:
        print("usage: scripts/sample FOLDER", file=sys.stderr)
        return 2
    make_sample(Path(arguments[0]))
    print(f"A sample is in {arguments[0]}. Its README.md says what is what.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
