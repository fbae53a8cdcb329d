"""Training of torch networks by skorch; nothing else imports it."""
