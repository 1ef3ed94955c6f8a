from __future__ import annotations

import json

import pytest

from chimera_tui.domain import errors
from chimera_tui.services.ollama import failures

HOST = "http://gpu-box:11434"


@pytest.mark.parametrize(
    ("status", "text", "kind"),
    [
        (400, "does not support thinking", errors.RequestRejected),
        (401, "unauthorized", errors.RequestRejected),
        (404, "model 'x' not found", errors.ModelNotFound),
        (404, "page missing", errors.ServerAnsweredBadly),
        (500, 'option "num_ctx" must be of type integer', errors.RequestRejected),
        (500, 'invalid format: expected "json"', errors.RequestRejected),
        (500, "database is locked", errors.ServerAnsweredBadly),
        (429, "too many requests", errors.ServerBusy),
        (500, "llama-server process has terminated: exit status 1", errors.LoadFailed),
        (500, "CUDA error: out of memory", errors.LoadFailed),
        (500, "model requires more system memory (8 GiB) than is available (4 GiB)", errors.LoadFailed),
        (500, "model failed to load, this may be due to resource limitations", errors.LoadFailed),
        (500, "model runner has unexpectedly stopped", errors.ModelCrashed),
        (503, "server busy, please try again.  maximum pending requests exceeded", errors.ServerBusy),
        (302, "moved", errors.ServerAnsweredBadly),
        (404, None, errors.ServerAnsweredBadly),
        (200, None, errors.ServerAnsweredBadly),
        (502, None, errors.ServerUnreachable),
    ],
)
def test_a_status_and_its_text_become_the_error_that_helps(
    status: int, text: str | None, kind: type[errors.ChimeraError]
) -> None:
    error = failures.from_status(status, text, host=HOST, model="x")
    assert type(error) is kind
    assert error.info.where == HOST
    assert error.info.next
    assert not error.info.what.endswith(".")


def test_a_failed_load_says_which_settings_to_lower() -> None:
    error = failures.from_status(500, "out of memory", host=HOST, model="x")
    assert "num_gpu" in error.info.next
    assert "num_ctx" in error.info.next


def test_a_prompt_that_is_too_long_says_to_raise_num_ctx() -> None:
    text = "request (17219 tokens) exceeds the available context size (256 tokens)"
    error = failures.from_status(400, text, host=HOST, model="x")
    assert isinstance(error, errors.PromptTooLong) and error.tokens == 17219
    assert "num_ctx" in failures.from_status(400, text, host=HOST, model="x").info.next


def test_json_inside_json_is_unwrapped() -> None:
    inner = {"error": {"code": 400, "message": "too long"}}
    assert failures.detail(json.dumps(inner)) == "too long"
    assert failures.detail(json.dumps({"error": json.dumps(inner)})) == "too long"
    assert failures.error_text(json.dumps({"error": inner})) == "too long"
    assert failures.detail('{"odd": [1]}') == '{"odd": [1]}'
    assert failures.detail('{"error": ') == '{"error":'


@pytest.mark.parametrize("body", ["", "<html>", "[]", '"text"', "{}", '{"error": null}'])
def test_a_body_that_is_not_ollamas_is_told_apart(body: str) -> None:
    assert failures.error_text(body) is None


def test_a_huge_text_with_control_sequences_is_cut_and_harmless() -> None:
    said = failures.detail("\x1b]0;title\x07 [red]" + "x" * 100_000)
    assert len(said) < 600
    assert "\x1b" not in said
    assert "\x07" not in said


def test_an_unknown_model_is_answered_with_those_that_exist_nearest_first() -> None:
    error = failures.model_not_found(HOST, "gema3:4b", ["qwen3:8b", "gemma3:4b"])
    assert error.info.next == "It has gemma3:4b, qwen3:8b."
    many = failures.model_not_found(HOST, "zzz", [f"m{n}\x1b" for n in range(50)])
    assert "and 30 more" in many.info.next
    assert "\x1b" not in many.info.next
    assert "ollama pull zzz" in failures.model_not_found(HOST, "zzz", []).info.next
