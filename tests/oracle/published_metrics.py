"""Our metrics of the tracks that come with py-motmetrics, against what its README says of them.

usage: published_metrics.py OURS.json
"""

import json
import sys

# The README of py-motmetrics 1.4.0, as it prints them; MOTP there is a distance, one minus the overlap.
PUBLISHED = {
    "TUD-Campus": {"idf1": "55.8", "id_precision": "73.0", "id_recall": "45.1", "recall": "58.2", "precision": "94.1",
                   "mostly_tracked": 1, "partly_tracked": 6, "mostly_lost": 1, "fp": 13, "fn": 150, "id_switches": 7,
                   "fragments": 7, "mota": "52.6", "motp": "27.7"},
    "TUD-Stadtmitte": {"idf1": "64.5", "id_precision": "82.0", "id_recall": "53.1", "recall": "60.9",
                       "precision": "94.0", "mostly_tracked": 5, "partly_tracked": 4, "mostly_lost": 1, "fp": 45,
                       "fn": 452, "id_switches": 7, "fragments": 6, "mota": "56.4", "motp": "34.6"},
    "COMBINED": {"idf1": "62.4", "mota": "55.5"},
}

ours = {row["sequence"]: row for row in json.load(open(sys.argv[1]))["sequences"]}
wrong = []
for sequence, published in PUBLISHED.items():
    for key, value in published.items():
        mine = ours[sequence][key]
        if isinstance(value, str):
            percent = 100 * (1 - mine if key == "motp" else mine)
            fits = abs(percent - float(value)) <= 0.05 + 1e-9
        else:
            fits = mine == value
        if not fits:
            wrong.append(f"{sequence}: {key} is {mine}, published {value}")
if wrong:
    sys.exit("\n".join(["FAILED:", *wrong]))
print(f"ok: {sum(map(len, PUBLISHED.values()))} published numbers of py-motmetrics")
