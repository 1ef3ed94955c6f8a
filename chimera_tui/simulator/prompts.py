"""A request's messages as the tokens that the model sees, cut to its context as the real server cuts them."""

from __future__ import annotations

from dataclasses import dataclass

from chimera_tui.simulator import golang
from chimera_tui.simulator.models import Model, Voice
from chimera_tui.simulator.parsing import Body, Message, Refused
from chimera_tui.simulator.tokens import TEMPLATE_TOKENS, encode

DEFAULT_NUM_KEEP = 4


class TooLong(Refused):
    """The prompt exceeds the context and must not be cut: 400 with the runner's JSON inside."""

    def __init__(self, tokens: int, num_ctx: int) -> None:
        message = (
            f"request ({tokens} tokens) exceeds the available context size ({num_ctx} tokens), try increasing it"
        )
        inner = {
            "code": 400,
            "message": message,
            "type": "exceed_context_size_error",
            "n_prompt_tokens": tokens,
            "n_ctx": num_ctx,
        }
        super().__init__(400, golang.dumps({"error": inner}))


@dataclass(frozen=True, slots=True)
class Prompt:
    tokens: list[int]
    """What is evaluated, after any cut."""
    whole: list[int]
    """Before the cut, without the text's first token: how `context` begins."""


def generate_prompt(body: Body, model: Model, num_ctx: int, num_keep: int) -> Prompt:
    """The prompt of `/api/generate`: too long a one loses its middle, silently unless the request forbids it.

    Raises TooLong.
    """
    tokens = _tokens(body.messages, model, raw=body.raw)
    if len(tokens) < num_ctx:
        return Prompt(tokens, tokens[1:])
    if not (body.truncate and body.shift):
        raise TooLong(len(tokens), num_ctx)
    keep = max(0, min(num_keep, num_ctx // 2))
    rest = max(1, (num_ctx - keep) // 2)
    return Prompt(tokens[: keep + 1] + tokens[-rest:], tokens[1:])


def chat_prompt(body: Body, model: Model, num_ctx: int) -> Prompt:
    """The prompt of `/api/chat`: the oldest messages go first, system messages and the last one stay.

    Raises TooLong when those alone do not fit.
    """
    messages = list(body.messages)
    tokens = _tokens(tuple(messages), model)
    while len(tokens) >= num_ctx:
        oldest = next((item for item in messages[:-1] if item.role != "system"), None)
        if oldest is None or not body.truncate:
            raise TooLong(len(tokens), num_ctx)
        messages.remove(oldest)
        tokens = _tokens(tuple(messages), model)
    return Prompt(tokens, tokens[1:])


def _tokens(messages: tuple[Message, ...], model: Model, *, raw: bool = False) -> list[int]:
    if raw:
        text = "".join(message.content for message in messages)
    else:
        text = "".join(message.rendered() for message in messages) + "assistant:"
    special = list(range(1, 1 + TEMPLATE_TOKENS))
    return special + encode(text, model.vocabulary, by_character=model.voice is not Voice.REPORT)
