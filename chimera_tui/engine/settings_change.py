"""One change of one setting, checked against the option's range and the server's models."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

from chimera_tui.domain.errors import ModelNotFound, SettingInvalid
from chimera_tui.domain.near import near
from chimera_tui.domain.options import OPTIONS_BY_NAME, AgentSettings, option_spec
from chimera_tui.domain.servers import same_model
from chimera_tui.engine.servers import ServerWatch

_OTHER_NAMES = ("model", "host", "api")


def changed(settings: AgentSettings, name: str, text: str | None, servers: ServerWatch) -> AgentSettings:
    """A copy of the settings with `name` set to the typed `text`; None resets an option to the server's default.

    Raises SettingInvalid or ModelNotFound, each naming what would be accepted.
    """
    match name:
        case "model":
            return replace(settings, model=_model(settings.host, (text or "").strip(), servers))
        case "host":
            return replace(settings, host=_host((text or "").strip()))
        case "api":
            return _with_api(settings, text or "chat")
    if name not in OPTIONS_BY_NAME:
        alike = near(name, [*OPTIONS_BY_NAME, *_OTHER_NAMES])
        hint = f"Did you mean {alike[0]}?" if alike else f"Known: {', '.join([*_OTHER_NAMES, *OPTIONS_BY_NAME])}."
        raise SettingInvalid(f"unknown setting {name!r}", where="settings", next_=hint)
    return replace(settings, options=settings.options.with_value(name, option_spec(name).parse(text or "")))


def _with_api(settings: AgentSettings, text: str) -> AgentSettings:
    match text:
        case "chat":
            return replace(settings, api="chat")
        case "generate":
            return replace(settings, api="generate")
    raise SettingInvalid(
        f"api must be chat or generate, not {text!r}", where="api", next_="Choose one of the two."
    )


def _model(host: str, name: str, servers: ServerWatch) -> str:
    """The server's own spelling of a model; any name is taken while the server's list is not known."""
    if not name:
        raise SettingInvalid("a model needs a name", where="model", next_="Choose one from the server's list.")
    known = servers.models(host)
    for model in known:
        if same_model(model.name, name):
            return model.name
    if not known:
        return name
    names = [model.name for model in known]
    alike = near(name, names, 3, likeness=0.4) or names[:6]
    raise ModelNotFound(
        f"model {name!r} is not on this server",
        where=host,
        next_=f"There are: {', '.join(alike)}. Or run: ollama pull {name}",
    )


def _host(text: str) -> str:
    """A base URL; how `OLLAMA_HOST` is read is the settings' business, here a scheme is added when missing."""
    url = text if "://" in text else f"http://{text}"
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError as error:
        raise SettingInvalid(f"{text!r} has no valid port", where="host", next_="Write host:11434.") from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise SettingInvalid(
            f"{text!r} is no host", where="host", next_="Write a host name, host:port or http(s)://host:port."
        )
    if port is None and "://" not in text:
        url = f"{url.rstrip('/')}:11434"
    return url.rstrip("/")
