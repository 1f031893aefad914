"""Plans of halls with seats, which JSON-LD has no words for: by the title of the event that they are for, as setSeatPlan wants
them. Centimetres, the stage above the origin, rows on arcs around it."""
import math

SEAT_CM, ROW_CM = 60, 100


def row(name, count, radius, first=1, aisle=None, accessible=()):
    """Seats side by side on an arc; `aisle` is the seat after which people pass."""
    step = SEAT_CM / radius
    seats = []
    for n in range(count):
        angle = (n - (count - 1) / 2 + (0.8 if aisle and n >= aisle else -0.8 if aisle else 0)) * step
        seat = {"number": str(first + n), "x": round(radius * math.sin(angle)), "y": round(radius * math.cos(angle))}
        seat.update({"gapAfter": True} if n + 1 == aisle else {}, **({"accessible": True} if first + n in accessible else {}))
        seats.append(seat)
    return {"name": name, "seats": seats}


def saal():
    """160 in the stalls, two blocks beside an aisle, wheelchairs at the ends of row A; 60 in the gallery."""
    stalls = [row(name, 16, 700 + ROW_CM * n, aisle=8, accessible=(1, 16) if name == "A" else ()) for n, name in enumerate("ABCDEFGHJK")]
    gallery = [row(str(n + 1), 20, 1900 + ROW_CM * n) for n in range(3)]
    return [{"name": "Parkett", "rows": stalls}, {"name": "Rang", "rows": gallery}]


PLANS = {"Nachtmusik für vier Celli": saal}
