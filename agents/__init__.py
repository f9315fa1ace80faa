"""Dosing policies, human-style and automatic. Each entry is a callable without arguments that returns an agent."""

from sim.registry import Registry

AGENTS = Registry(
    "agent",
    fixed_targets="agents.fixed_targets:FixedTargets",
    ppo="agents.ppo:shipped",
)
