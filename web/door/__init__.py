"""Where programs come in: events, deploy markers, health, metrics. No person logs in here."""
