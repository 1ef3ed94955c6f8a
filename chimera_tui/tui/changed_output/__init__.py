"""Changed-part output: of what Textual would write, only the cells that the terminal does not show yet.

Textual writes whole parts of lines, each segment with its whole style. Over a slow line that is most of
what the viewer sends. Here the cells that were sent are kept, and an update is what differs from them.
It looks into parts of Textual that have no public face, so it is off for versions it was not tested with.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from chimera_tui.tui.changed_output.fit import Fit, terminal_fit
from chimera_tui.tui.textual_version import TESTED_VERSIONS

if TYPE_CHECKING:
    from chimera_tui.tui.changed_output.updates import ChangedOutput


def changed_output(
    textual_version: str, environment: Mapping[str, str], choice: Literal["auto", "changed", "whole"] = "auto"
) -> ChangedOutput | None:
    """The output for this terminal, or None where Textual's own is to be left as it is.

    That is so for `whole`, for `auto` where version or terminal are not known, and for a Textual without the parts
    that are needed. With `changed` an unknown terminal gets text, styles and movements, and nothing is erased.
    """
    fit = terminal_fit(environment)
    if choice == "whole" or (choice == "auto" and (fit is None or textual_version not in TESTED_VERSIONS)):
        return None
    try:
        from chimera_tui.tui.changed_output.updates import ChangedOutput  # of another version it might not import
    except ImportError:
        return None
    return ChangedOutput(erases=(fit or Fit(erases=False)).erases)
