"""Dosing policies, human-style and automatic. Each entry is a callable without arguments that returns an agent."""

from sim.registry import Registry

AGENTS = Registry(
    "agent",
    fixed_targets="agents.fixed_targets:FixedTargets",
    manual="agents.human.manual:Manual",
    anaesthetist_textbook="agents.human.anaesthetist:textbook",
    anaesthetist_by_pleth="agents.human.by_pleth:by_pleth",
    anaesthetist_as_recorded="agents.human.as_recorded:as_recorded",
    pid_published="agents.control.pid:pid_published",
    pid_tuned="agents.control.pid:pid_tuned",
    ppo="agents.learned.ppo:shipped",
    cloned="agents.learned.cloned:cloned",
    offline="agents.learned.offline:offline",
)
