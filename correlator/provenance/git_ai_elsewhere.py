"""Sessions whose record lies in another commit's note, as git-ai's blame looks them up.

Before 1.4 a key was a hash of the session, and work that was picked or squashed took the key along
without its record. Keys are found without reading the JSON, since few notes lack any.
"""

import re
from collections.abc import Collection, Mapping
from typing import Any

from correlator.provenance.git_ai_note import read_note
from correlator.provenance.notes import form_of

MOST_KEYS = 100
_ATTESTED = re.compile(rb"^  ([0-9a-f]{16}|[0-9a-f]{7}) ", re.MULTILINE)
_RECORDED = re.compile(rb'"([0-9a-f]{16}|[0-9a-f]{7})"[ \t]*:')


def lacking(notes: Mapping[str, bytes]) -> frozenset[str]:
    """Keys that notes of one commit attest lines to and hold no record of, MOST_KEYS a note."""
    missing: set[bytes] = set()
    for ref, text in notes.items():
        attested, divider, meta = text.partition(b"\n---")
        keys = set(_ATTESTED.findall(attested)) if divider else set()
        if keys and form_of(ref, text) == "git-ai":
            missing.update(sorted(keys.difference(_RECORDED.findall(meta)))[:MOST_KEYS])
    return frozenset(key.decode() for key in missing)


def records_of(notes: Mapping[str, bytes], keys: Collection[str]) -> dict[str, Mapping[str, Any]]:
    """The records of these keys that notes of one commit hold."""
    found: dict[str, Mapping[str, Any]] = {}
    for ref, text in notes.items():
        here = {key.decode() for key in _RECORDED.findall(text)}
        wanted = here.intersection(keys)
        note = read_note(ref, text)[0] if wanted and form_of(ref, text) == "git-ai" else None
        if note:
            found.update((key, note.prompts[key]) for key in wanted if key in note.prompts)
    return found
