"""The safety layer around any agent: `NAME+shield` on a command line is that agent behind it."""
