#!/usr/bin/env python3
"""Oracle for ways in Cologne by pandana: random pairs of nodes of the network, and the shortest way between them.

    ways.py --data FOLDER --pairs N --seed S

FOLDER holds `koeln/`. The network is that of coverage.py: what is open to feet of Strassenabschnitt. pandana keeps lengths
in single precision, so ways differ by centimetres. One JSON document goes to standard output.
"""

import argparse
import json
import os
from pathlib import Path

import numpy as np
import pandana
import pandas as pd
from pyproj import Transformer

from coverage import Network, city_shift, finite, parse_wkb, read_features, shifted


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with koeln/")
    parser.add_argument("--pairs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    # pandana talks on standard output while it works.
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    path = arguments.data / "koeln" / "Strassenabschnitt.shp"
    values, shapes = read_features(path, ["STRASSE"])
    lines = []
    for name, wkb in zip(values["STRASSE"], shapes):
        if not (name or "").startswith(("BAB ", "Stadtautobahn")):
            lines += shifted(parse_wkb(wkb)[1], city_shift(path))
    own = Network(lines)
    x, y = pd.Series(own.node_xy[:, 0]), pd.Series(own.node_xy[:, 1])
    network = pandana.Network(x, y, pd.Series(own.u), pd.Series(own.v), pd.DataFrame({"m": own.length}), twoway=True)
    random = np.random.default_rng(arguments.seed)
    starts, ends = random.integers(own.n_nodes, size=(2, arguments.pairs))
    ways = network.shortest_path_lengths(starts, ends)
    to_degrees = Transformer.from_crs(25832, 4326, always_xy=True)
    lonlat = np.column_stack(to_degrees.transform(own.node_xy[:, 0], own.node_xy[:, 1])).round(9)
    # pandana says a large number where there is no way.
    pairs = [
        {"from": lonlat[a].tolist(), "to": lonlat[b].tolist(), "metres": finite(way) if way < 1e6 else None}
        for a, b, way in zip(starts, ends, ways)
    ]
    json.dump({"pandana": pandana.__version__, "pairs": pairs}, answer, allow_nan=False)
    answer.write("\n")
    answer.close()


if __name__ == "__main__":
    main()
