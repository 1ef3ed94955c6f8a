"""`python -m chimera_tui` is the `chimera` command."""

import sys

from chimera_tui.cli import main

sys.exit(main())
