"""Channels of a chart in intensive care: units, what is possible, how often, how exactly; and what is known before."""

from __future__ import annotations

from sim.outcomes.channel import Channel

CHANNELS: dict[str, Channel] = {
    "pressure": Channel("mmHg", 15.0, 200.0, 0.5, 0.05, other="kPa"),
    "heart_rate": Channel("1/min", 10.0, 250.0, 0.5, 0.05),
    "central_venous": Channel("mmHg", -10.0, 45.0, 1.0, 0.12),
    "saturation": Channel("%", 30.0, 100.0, 0.5, 0.01),
    "temperature": Channel("°C", 25.0, 43.0, 2.0, 0.005, other="°F"),
    "norepinephrine": Channel("µg/kg/min", 0.0, 5.0, 0.5, 0.0),
    "inspired_oxygen": Channel("fraction", 0.21, 1.0, 2.0, 0.03, other="%"),
    "drain": Channel("mL/h", 0.0, 3000.0, 1.0, 0.15),
    "urine": Channel("mL/h", 0.0, 2000.0, 1.0, 0.15),
    "lactate": Channel("mmol/L", 0.1, 40.0, 4.0, 0.06),
    "ph": Channel("", 6.5, 8.0, 4.0, 0.002),
    "potassium": Channel("mmol/L", 1.0, 10.0, 4.0, 0.04),
    "haemoglobin": Channel("g/dL", 2.0, 22.0, 4.0, 0.03, other="g/L"),
    "glucose": Channel("mg/dL", 10.0, 1500.0, 4.0, 0.10, other="mmol/L"),
    "creatinine": Channel("mg/dL", 0.1, 25.0, 8.0, 0.05, other="µmol/L"),
    "inr": Channel("", 0.5, 20.0, 8.0, 0.05),
    "fibrinogen": Channel("g/L", 0.1, 15.0, 12.0, 0.08, other="mg/dL"),
    "platelets": Channel("10⁹/L", 1.0, 1500.0, 12.0, 0.08),
    "bilirubin": Channel("mg/dL", 0.05, 60.0, 24.0, 0.10),
    "c_reactive_protein": Channel("mg/L", 0.0, 700.0, 24.0, 0.15),
}

KNOWN: dict[str, Channel] = {
    "age": Channel("years", 16.0, 110.0, 0.0, 0.0),
    "female": Channel("", 0.0, 1.0, 0.0, 0.0),
    "weight": Channel("kg", 25.0, 300.0, 0.0, 0.0),
    "filtration": Channel("mL/min", 1.0, 250.0, 0.0, 0.0),
    "ejection": Channel("%", 5.0, 90.0, 0.0, 0.0),
    "bypass": Channel("min", 0.0, 900.0, 0.0, 0.0),
    "emergency": Channel("", 0.0, 1.0, 0.0, 0.0),
}
HOURS = 0.5  # from one row of a chart to the next
ENDS = ("bleeding", "kidney", "death")  # re-operation for bleeding, renal replacement, death
HORIZONS = 6.0, 24.0, 24.0  # h within which each is foreseen
