"""A week on a general ward: who worsens, what is charted of it, and whose heart stops."""
