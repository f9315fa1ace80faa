"""Dosing policies, human-style and automatic, and what can be put around any of them.

An agent's entry is a callable without arguments that returns it; a wrapper's is called with an agent and returns one
that does something more (NAME+WRAPPER on a command line).
"""

from sim.registry import Registry

AGENTS = Registry(
    "agent",
    fixed_targets="agents.fixed_targets:FixedTargets",
    manual="agents.human.manual:Manual",
    anaesthetist_textbook="agents.human.anaesthetist:textbook",
    anaesthetist_wide="agents.human.anaesthetist:wide",
    anaesthetist_by_pleth="agents.human.by_pleth:by_pleth",
    anaesthetist_as_recorded="agents.human.as_recorded:as_recorded",
    pid_published="agents.control.pid:pid_published",
    pid_tuned="agents.control.pid:pid_tuned",
    pid_plants="agents.control.rates:pid_plants",
    pi_target="agents.control.target:pi_target",
    ppo="agents.learned.ppo:shipped",
    foresight="agents.learned.foresight:shipped",
    cloned="agents.learned.cloned:cloned",
    offline="agents.learned.offline:offline",
)
WRAPPERS = Registry(
    "wrapper of agents",
    pressure="agents.control.circulation.pressure:with_pressure",
    foreseen="agents.control.circulation.foreseen:foreseen",
    shield="agents.control.shield.shield:shielded",
    supervised="agents.control.supervised:supervised",
    unannounced="agents.control.unannounced:unannounced",
)
