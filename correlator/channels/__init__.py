"""Whom we tell: a message out to e-mail, Slack or a webhook."""
