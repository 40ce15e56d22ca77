"""`python3 -m gateway.verifier` and the self-contained file."""

import sys

from gateway.verifier.command import main

sys.exit(main(sys.argv[1:]))
