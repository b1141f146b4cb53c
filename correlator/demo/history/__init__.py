"""The history of Lantern's checkout service, chapter by chapter. See ``score``.

To add an incident: a new chapter that commits the breakage among other work, calls
``score.release(...)``, and says the truth about it in ``INCIDENTS``.
"""
