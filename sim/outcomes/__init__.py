"""What becomes of people after surgery: generators that know how likely every outcome was, one a file.

Each returns `sim.outcomes.people.People`: what is known of them, what became of them, and the true risk, which is the
best that anybody could say (the oracle).
"""
