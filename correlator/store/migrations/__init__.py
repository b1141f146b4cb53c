"""The schema's history, oldest first. Forward only; each safe beside the version before it.

``./run migration "message"`` writes the next one from the tables; see ``CONTRIBUTING.md``.
"""
