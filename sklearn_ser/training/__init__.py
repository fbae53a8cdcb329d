"""Training of torch networks by skorch, which no other part imports."""
