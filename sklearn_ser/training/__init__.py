"""Train torch networks with skorch, which no other part imports."""
