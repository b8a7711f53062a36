"""Train, explain and improve feed-forward neural networks."""
