"""The demo: a small lively service whose real code breaks, and what is sent when it does.

``score`` is how a history is written down, ``history/`` the history itself, ``building`` makes
it a git repository, ``shop`` runs the code of one revision, ``play`` lets the incidents happen.
"""
