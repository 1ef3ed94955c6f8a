"""A stylesheet that parses its sources again only when a colour or another variable has changed."""

from __future__ import annotations

from textual.css.stylesheet import Stylesheet


class ParsedOnce(Stylesheet):
    """Setting the theme makes Textual parse every rule twice before the first frame; this one parses them once."""

    def __init__(self, variables: dict[str, str]) -> None:
        super().__init__(variables=variables)
        self._told = dict(variables)
        self._stale = False
        self.parses_again = 0
        """How often variables have changed and every rule was parsed anew."""

    def set_variables(self, variables: dict[str, str]) -> None:
        if variables == self._told:
            return
        self._told = dict(variables)
        self._stale = True
        super().set_variables(variables)

    def reparse(self) -> None:
        if not self._stale:
            self.parse()  # what is new; the rest is remembered
            return
        super().reparse()
        self._stale = False
        self.parses_again += 1
