"""Virtual patients, the room around them, and the environment. Importing `sim` registers "Anesthesia-v0"."""

import gymnasium

gymnasium.register(
    id="Anesthesia-v0",
    entry_point="sim.environment.env:AnesthesiaEnv",
    vector_entry_point="sim.environment.env:AnesthesiaVectorEnv",
)
