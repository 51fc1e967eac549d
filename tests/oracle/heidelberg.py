#!/usr/bin/env python3
"""Oracle for ways in Heidelberg: shortest ways to the nearest playground.

The same rules and the same program as in coverage.py, over another city's
OpenStreetMap extract. What differs is how its ways are joined: at every vertex
that two of them share, by the same place to the bit (tolerance 0).

    heidelberg.py --data FOLDER --points N --seed S

FOLDER holds `heidelberg/heidelberg.osm.pbf`. One JSON document goes to standard
output: facts of the network, and N random points with their way in metres.
"""

import argparse
import json
import re
import sys
from collections import Counter
from pathlib import Path

import numpy as np

from coverage import Network, Points, Polygons, finite, parse_wkb, read_features, to_utm32

WALKED = set(
    "footway path steps pedestrian living_street residential service track unclassified road tertiary "
    "tertiary_link secondary secondary_link primary primary_link trunk trunk_link cycleway bridleway".split()
)
# As the server's snapping distance.
SNAPPING = 500.0


def tags_of(text):
    return dict(re.findall(r'"((?:[^"\\]|\\.)*)"=>"((?:[^"\\]|\\.)*)"', text or ""))


def is_walked(highway, tags):
    allowed = tags.get("foot") in ("yes", "designated", "permissive")
    closed = tags.get("access") in ("no", "private")
    return highway in WALKED and tags.get("foot") != "no" and (not closed or allowed)


def project(part):
    return to_utm32(part[:, 0], part[:, 1])


def walkable_lines(path):
    values, shapes = read_features(path, ["highway", "other_tags"], "lines")
    lines = []
    for highway, tags, wkb in zip(values["highway"], values["other_tags"], shapes):
        if is_walked(highway, tags_of(tags)):
            lines += parse_wkb(wkb)[1]
    return lines


def cut(lines):
    """The lines cut at every vertex that occurs more than once."""
    uses = Counter(tuple(vertex) for line in lines for vertex in line.tolist())
    edges = []
    for line in lines:
        vertices = line.tolist()
        begun = 0
        for i in range(1, len(vertices)):
            if i == len(vertices) - 1 or uses[tuple(vertices[i])] > 1:
                edges.append(line[begun : i + 1])
                begun = i
    return edges


def playgrounds(path, network):
    values, shapes = read_features(path, ["leisure"], "multipolygons")
    areas = [
        [[project(ring) for ring in rings] for rings in parse_wkb(wkb)[1]]
        for leisure, wkb in zip(values["leisure"], shapes)
        if leisure == "playground"
    ]
    values, shapes = read_features(path, ["other_tags"], "points")
    points = [
        project(parse_wkb(wkb)[1][0])[0]
        for tags, wkb in zip(values["other_tags"], shapes)
        if tags_of(tags).get("leisure") == "playground"
    ]
    by_area, by_point = Polygons(areas, network), Points(np.array(points), network)
    return by_area.contacts + by_point.contacts, len(areas), len(points)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with heidelberg/")
    parser.add_argument("--points", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()

    path = arguments.data / "heidelberg" / "heidelberg.osm.pbf"
    lines = walkable_lines(path)
    edges = [project(line) for line in cut(lines)]
    network = Network(edges, tolerance=0.0)
    contacts, areas, points = playgrounds(path, network)

    # Points near streets: a vertex of the network, and some 60 m beside it at most.
    random = np.random.default_rng(arguments.seed)
    vertices = np.concatenate(lines)
    chosen = vertices[random.integers(len(vertices), size=arguments.points)]
    lonlat = np.round(chosen + random.uniform(-0.0006, 0.0006, size=chosen.shape), 7)
    places = project(lonlat)
    snapped = network.snap(places)
    ways = network.ways(snapped, contacts)
    result = {
        "facts": {
            "ways": len(lines),
            "segments": int(sum(len(line) - 1 for line in lines)),
            "edges": int((network.length > 0).sum()),
            "nodes": network.n_nodes,
            "kilometres": float(network.length.sum() / 1000),
            "areas": areas,
            "points": points,
        },
        "points": [
            {"lonlat": [lon, lat], "offset": float(offset), "metres": finite(way)}
            for (lon, lat), offset, way in zip(lonlat.tolist(), snapped[2], ways)
            if offset <= SNAPPING
        ],
    }
    json.dump(result, sys.stdout, indent=1, allow_nan=False)
    print()


if __name__ == "__main__":
    main()
