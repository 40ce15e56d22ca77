"""The gateway's command with removals so slow that a test can kill them at any point."""

import gateway.flow.retention
from gateway.cli import main

gateway.flow.retention.BATCH = 1
gateway.flow.retention.PAGES = 1

if __name__ == "__main__":
    main()
