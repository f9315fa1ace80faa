"""A ward for whoever was operated on: kidney injury, injury of the heart, death; an assumption, not a measurement.

What was done in theatre (`exposures`) and who somebody is (`people`) move the odds of an outcome (`risk`) as declared,
link by link, in one table with sources (`links`). Nearly all of these are associations that observational studies saw,
so each row says how much of it is believed to be causal, and whoever compares agents by expected harm shows what
becomes of the comparison with none, half and all of it. `course` draws who is injured, and creatinine until two days
later.
"""
