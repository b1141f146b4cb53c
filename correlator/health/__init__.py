"""How a deploy fares beside the one before it: fine, worse, or too early to say."""
