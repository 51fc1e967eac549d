#!/usr/bin/env python3
"""Oracle for the planning method "coverage" over the open data of Cologne.

Which share of the persons of an age group lives within a walking distance of
a facility? This script answers the question a second time, in a second
language and by other means than the server, so that tests can compare. It
needs numpy, scipy and one reader of shapefiles (GDAL's Python bindings, or
pyogrio where these are missing). Shortest ways are scipy's; nearest edges,
point in polygon and the map projection are its own.

    coverage.py --data FOLDER                    all cases
    coverage.py --data FOLDER --cases NAME ...   some of them
    coverage.py --data FOLDER --pairs N --seed S N random ways address -> school
    coverage.py --data FOLDER --check N --seed S compares with brute force

FOLDER holds `koeln/`. One JSON document goes to standard output.

Rules
-----
Network      Every part of a line of Strassenabschnitt is one edge between its
             first and its last vertex, walkable in both directions, as long
             as its polyline. Ends closer than 0.1 m are one node (transitive,
             over the edges open to foot). Crossings are not cut (bridges).
             "BAB ..." and "Stadtautobahn..." are closed to foot.
Snapping     A point joins the network at the nearest point of the nearest
             open edge; the straight way there counts. Edges equally near
             (to a micrometre): the lowest feature index.
Pieces       Where that edge lies in a component without any facility, the nearest
             edge of a component that has one counts too, if it is at most 50 m
             farther than the nearest; the shorter way is taken.
Off street   A school and an address that both lie off the street (more than a
             metre), at the same edge and on the same side of it (the
             straight line between them meets none of its segments), are as far
             apart as that line is long, if that is shorter.
Schools      Schools with SCHULART "Grundschule", snapped like addresses.
Playgrounds  Objekttyp 4 of at least 500 m2 by geometry. All rings are the
             outline. Where open edges meet the outline, each point of contact
             is an entrance with offset 0; an edge that lies wholly inside is
             an entrance along all its length. A playground without either
             joins the open edge nearest to its outline, at the point nearest
             to the outline (equally near: the lowest feature index, then the
             first such point along the edge).
Way          offset of the address + way along the edges + offset of the
             facility, exact on the first and the last edge; on a shared edge
             the direct way along it competes. At most the limit is covered.
Air line     Straight distance to the school or to the playground's polygon
             (0 inside it).
Persons      Inhabitants by age group on 31.12.2012 for each Stadtteil (table
             020), spread evenly over the addresses the Stadtteil contains;
             fractions are kept. Persons of a Stadtteil without addresses are neither
             covered nor uncovered (`unspread`).
"""

import argparse
import csv
import heapq
import json
import math
import re
import struct
import sys
import time
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

NODE_TOLERANCE = 0.1
TIE = 1e-6
PLAYGROUND = 4
MIN_PLAYGROUND_AREA = 500.0
YEAR = "2012"

# Name: facilities, age group [from, below), limit in metres.
CASES = {
    "grundschule_500": ("schools", (6, 10), 500.0),
    "grundschule_1000": ("schools", (6, 10), 1000.0),
    "grundschule_1500": ("schools", (6, 10), 1500.0),
    "grundschule_2000": ("schools", (6, 10), 2000.0),
    "din_0_6_200": ("playgrounds", (0, 6), 200.0),
    "din_6_10_400": ("playgrounds", (6, 10), 400.0),
    "din_15_18_1000": ("playgrounds", (15, 18), 1000.0),
}


# --- Reading ---------------------------------------------------------------


def read_features(path, fields, layer=None):
    """The features of a vector file: ({field: [value]}, [WKB or None])."""
    try:
        from osgeo import ogr
    except ImportError:
        return _read_with_pyogrio(path, fields, layer)
    ogr.UseExceptions()
    source = ogr.Open(str(path))
    rows = source.GetLayerByName(layer) if layer else source.GetLayer(0)
    values = {field: [] for field in fields}
    shapes = []
    for feature in rows:
        for field in fields:
            values[field].append(feature.GetField(field))
        shape = feature.GetGeometryRef()
        shapes.append(None if shape is None else bytes(shape.ExportToIsoWkb()))
    return values, shapes


def _read_with_pyogrio(path, fields, layer):
    import pyogrio

    meta, _, shapes, columns = pyogrio.raw.read(path, layer=layer, columns=list(fields))
    values = {name: list(column) for name, column in zip(meta["fields"], columns)}
    return values, list(shapes)


def parse_wkb(wkb):
    """A geometry as (kind, parts): 1 points, 2 lines, 3 polygons.

    A part is an (n, 2) array, or for polygons a list of such rings.
    """
    parts = []
    kind = _parse_into(wkb, 0, parts)[0]
    return kind, parts


def _parse_into(wkb, at, parts):
    order = "<" if wkb[at] == 1 else ">"
    code = struct.unpack_from(order + "I", wkb, at + 1)[0]
    at += 5
    # ISO WKB says Z, M, ZM as +1000, +2000, +3000; EWKB by the highest bits.
    ewkb_z, ewkb_m = code >> 31 & 1, code >> 30 & 1
    code &= 0x0FFFFFFF
    dims = 2 + ewkb_z + ewkb_m + (0, 1, 1, 2)[code // 1000]
    kind = code % 1000

    def count(at):
        return struct.unpack_from(order + "I", wkb, at)[0], at + 4

    def coords(n, at):
        values = np.frombuffer(wkb, order + "f8", n * dims, at).reshape(n, dims)
        return values[:, :2].astype(float), at + 8 * n * dims

    if kind == 1:
        part, at = coords(1, at)
        parts.append(part)
    elif kind == 2:
        n, at = count(at)
        part, at = coords(n, at)
        parts.append(part)
    elif kind == 3:
        rings = []
        n_rings, at = count(at)
        for _ in range(n_rings):
            n, at = count(at)
            ring, at = coords(n, at)
            rings.append(ring)
        parts.append(rings)
    elif kind in (4, 5, 6):
        n, at = count(at)
        for _ in range(n):
            _, at = _parse_into(wkb, at, parts)
        kind -= 3
    else:
        raise ValueError(f"unexpected geometry type {code}")
    return kind, at


def city_shift(path):
    """What to add to the eastings of a city shapefile to reach EPSG:25832.

    The .prj of these files states a transverse Mercator on WGS 84 with central
    meridian 9, scale 0.9996, no false northing and the false easting
    2,500,000. EPSG:25832 has the same but 500,000, on ETRS89 (GRS 80). The
    transformation WGS 84 -> ETRS89 is null, so the shift of 2,000,000 m is all;
    the ellipsoids' flattenings differ so little that northings of Cologne
    move by less than 0.1 mm, which is left out here.
    """
    text = path.with_suffix(".prj").read_text()

    def parameter(name):
        return float(re.search(rf'PARAMETER\["{name}",([-0-9.]+)\]', text).group(1))

    expected = {
        "Central_Meridian": 9.0,
        "Scale_Factor": 0.9996,
        "Latitude_Of_Origin": 0.0,
        "False_Northing": 0.0,
    }
    if not re.search(r'DATUM\["D_(WGS_1984|ETRS_1989)"', text.split("PROJECTION")[0]):
        raise ValueError(f"{path}: unexpected datum")
    for name, value in expected.items():
        if parameter(name) != value:
            raise ValueError(f"{path}: unexpected {name}")
    return 500_000.0 - parameter("False_Easting")


def shifted(parts, shift):
    """The parts of a geometry with `shift` added to their eastings."""
    if isinstance(parts, np.ndarray):
        return parts + (shift, 0.0)
    return [shifted(part, shift) for part in parts]


def to_utm32(lon, lat):
    """EPSG:4326 degrees to EPSG:25832 metres, WGS 84 taken as ETRS89.

    Krueger's series to the sixth order in the third flattening of GRS 80;
    good to far below a millimetre within the zone.
    """
    a, f = 6378137.0, 1 / 298.257222101
    n = f / (2 - f)
    radius = a / (1 + n) * (1 + n**2 / 4 + n**4 / 64 + n**6 / 256)
    alpha = (
        n / 2 - 2 * n**2 / 3 + 5 * n**3 / 16 + 41 * n**4 / 180
        - 127 * n**5 / 288 + 7891 * n**6 / 37800,
        13 * n**2 / 48 - 3 * n**3 / 5 + 557 * n**4 / 1440
        + 281 * n**5 / 630 - 1983433 * n**6 / 1935360,
        61 * n**3 / 240 - 103 * n**4 / 140 + 15061 * n**5 / 26880
        + 167603 * n**6 / 181440,
        49561 * n**4 / 161280 - 179 * n**5 / 168 + 6601661 * n**6 / 7257600,
        34729 * n**5 / 80640 - 3418889 * n**6 / 1995840,
        212378941 * n**6 / 319334400,
    )  # fmt: skip
    e = math.sqrt(f * (2 - f))
    lam = np.radians(np.asarray(lon, float) - 9.0)
    sin = np.sin(np.radians(np.asarray(lat, float)))
    conformal = np.sinh(np.arctanh(sin) - e * np.arctanh(e * sin))
    xi0 = np.arctan2(conformal, np.cos(lam))
    eta0 = np.arcsinh(np.sin(lam) / np.hypot(conformal, np.cos(lam)))
    xi, eta = xi0.copy(), eta0.copy()
    for j, factor in enumerate(alpha, 1):
        xi += factor * np.sin(2 * j * xi0) * np.cosh(2 * j * eta0)
        eta += factor * np.cos(2 * j * xi0) * np.sinh(2 * j * eta0)
    return np.column_stack((500_000.0 + 0.9996 * radius * eta, 0.9996 * radius * xi))


# --- Plane geometry --------------------------------------------------------


def cross(p, q):
    return p[..., 0] * q[..., 1] - p[..., 1] * q[..., 0]


def expand(starts, counts):
    """All indices of the ranges [start, start + count), and whose they are."""
    owner = np.repeat(np.arange(len(counts)), counts)
    before = np.cumsum(counts) - counts
    return np.arange(len(owner)) + (starts - before)[owner], owner


def distance_to_segments(p, a, b):
    """Distance of points to segments, pairwise, and where: 0 at a to 1 at b."""
    ab, ap = b - a, p - a
    length2 = (ab * ab).sum(1)
    along = (ap * ab).sum(1) / np.where(length2 > 0, length2, 1)
    along = np.clip(along, 0, 1)
    away = ap - along[:, None] * ab
    return np.hypot(away[:, 0], away[:, 1]), along


def ring_area(ring):
    local = ring - ring[0]
    return cross(local[:-1], local[1:]).sum() / 2


def polygon_area(polygons):
    """Area of the outer rings without the holes, however they are oriented."""
    return sum(
        abs(ring_area(rings[0])) - sum(abs(ring_area(hole)) for hole in rings[1:])
        for rings in polygons
    )


def inside(points, polygons):
    """Which points lie inside: even-odd over all rings, by a ray to the east."""
    rings = [ring for part in polygons for ring in part]
    low = np.min([ring.min(0) for ring in rings], axis=0)
    high = np.max([ring.max(0) for ring in rings], axis=0)
    near = np.flatnonzero(((points >= low) & (points <= high)).all(1))
    odd = np.zeros(len(near), bool)
    x, y = points[near, 0], points[near, 1]
    for ring in rings:
        for (x1, y1), (x2, y2) in zip(ring[:-1].tolist(), ring[1:].tolist()):
            if y1 != y2:
                at = x1 + (y - y1) * ((x2 - x1) / (y2 - y1))
                odd ^= ((y1 > y) != (y2 > y)) & (x < at)
    result = np.zeros(len(points), bool)
    result[near] = odd
    return result


class Segments:
    """Line segments in a uniform grid: each in all the cells of its box."""

    def __init__(self, a, b, cell):
        self.a, self.b, self.cell = a, b, cell
        self.origin = np.floor(np.minimum(a, b).min(0) / cell) * cell
        low, high = self._cells(np.minimum(a, b)), self._cells(np.maximum(a, b))
        self.shape = high.max(0) + 1
        cells, segment = self._covered(low, high)
        order = np.argsort(cells, kind="stable")
        self.members = segment[order]
        self.counts = np.bincount(cells, minlength=self.shape.prod())
        self.starts = np.cumsum(self.counts) - self.counts

    def _cells(self, points):
        return np.floor((points - self.origin) / self.cell).astype(np.int64)

    def _covered(self, low, high):
        """All cells of the boxes [low, high], and whose they are."""
        width, height = (high - low + 1).T
        k, owner = expand(np.zeros(len(low), np.int64), width * height)
        column = low[owner, 0] + k % width[owner]
        row = low[owner, 1] + k // width[owner]
        return row * self.shape[0] + column, owner

    def nearest(self, points, tie=TIE, chunk=20_000):
        """For each point: nearest segment (lowest of equals), distance, where.

        Segments whose distances differ by at most `tie` are equally near.
        """
        found = [
            self._nearest(points[i : i + chunk], tie)
            for i in range(0, len(points), chunk)
        ]
        return tuple(np.concatenate(column) for column in zip(*found))

    def _nearest(self, points, tie):
        best = np.full(len(points), np.inf)
        which = np.full(len(points), -1)
        where = np.zeros(len(points))
        home = self._cells(points)
        active = np.arange(len(points))
        ring = 0
        while len(active):
            span = np.arange(-ring, ring + 1)
            offsets = np.array(
                [(i, j) for i in span for j in span if max(abs(i), abs(j)) == ring]
            )
            self._visit(points, home, active, offsets, tie, best, which, where)
            # All that lies nearer than the rim of the cells seen has been seen.
            low = self.origin + (home[active] - ring) * self.cell
            high = self.origin + (home[active] + ring + 1) * self.cell
            here = points[active]
            rim = np.minimum(here - low, high - here).min(1)
            seen_all = (home[active] - ring <= 0) & (home[active] + ring >= self.shape - 1)
            done = (best[active] + tie < rim) | seen_all.all(1)
            active = active[~done]
            ring += 1
        return which, best, where

    def _visit(self, points, home, active, offsets, tie, best, which, where):
        cells = home[active][:, None, :] + offsets
        valid = ((cells >= 0) & (cells < self.shape)).all(2)
        index = np.where(valid, cells[..., 1] * self.shape[0] + cells[..., 0], 0)
        counts = np.where(valid, self.counts[index], 0)
        position, owner = expand(self.starts[index].ravel(), counts.ravel())
        segment, point = self.members[position], active[owner // len(offsets)]
        if not len(segment):
            return
        distance, along = distance_to_segments(
            points[point], self.a[segment], self.b[segment]
        )
        # Candidates come grouped by point; the best seen so far competes too.
        first = np.flatnonzero(np.r_[True, point[1:] != point[:-1]])
        group = np.repeat(np.arange(len(first)), np.diff(np.r_[first, len(point)]))
        target = point[first]
        least = np.minimum(np.minimum.reduceat(distance, first), best[target])
        tied = distance <= least[group] + tie
        lowest = np.minimum.reduceat(np.where(tied, segment, len(self.a)), first)
        old = which[target]
        keep = (old >= 0) & (best[target] <= least + tie) & (old <= lowest)
        chosen = tied & (segment == lowest[group]) & ~keep[group]
        best[point[chosen]] = distance[chosen]
        which[point[chosen]] = segment[chosen]
        where[point[chosen]] = along[chosen]

    def meeting(self, a, b):
        """Pairs (i, j): the box of a[i] b[i] shares a cell with segment j."""
        top = self.shape - 1
        low = self._cells(np.minimum(a, b))
        high = self._cells(np.maximum(a, b))
        apart = (high < 0).any(1) | (low > top).any(1)
        low, high = np.clip(low, 0, top), np.clip(high, 0, top)
        cells, owner = self._covered(low, high)
        cells, owner = cells[~apart[owner]], owner[~apart[owner]]
        position, group = expand(self.starts[cells], self.counts[cells])
        pairs = np.unique(owner[group] * len(self.a) + self.members[position])
        return pairs // len(self.a), pairs % len(self.a)


def crossings(a, b, c, d):
    """Where segments a-b meet c-d, pairwise: (pair, fraction along a-b).

    Parallel segments on one line meet at the ends of their common stretch.
    """
    r, s, ac = b - a, d - c, c - a
    turn = cross(r, s)
    skew = turn != 0
    safe = np.where(skew, turn, 1)
    t, u = cross(ac, s) / safe, cross(ac, r) / safe
    hit = skew & (t >= 0) & (t <= 1) & (u >= 0) & (u <= 1)
    pair, fraction = np.flatnonzero(hit), t[hit]

    level = np.flatnonzero(~skew & (cross(ac, r) == 0) & (r != 0).any(1))
    length2 = (r[level] ** 2).sum(1)
    t0 = (ac[level] * r[level]).sum(1) / length2
    t1 = ((d - a)[level] * r[level]).sum(1) / length2
    start = np.maximum(np.minimum(t0, t1), 0)
    end = np.minimum(np.maximum(t0, t1), 1)
    common = start <= end
    pair = np.r_[pair, level[common], level[common]]
    return pair, np.r_[fraction, start[common], end[common]]


# --- Network ---------------------------------------------------------------


def cluster(points, tolerance):
    """Numbers points so that those nearer than the tolerance share one.

    Also returns how many points of different place found a common number.
    """
    places, place = np.unique(points, axis=0, return_inverse=True)
    place = place.ravel()
    parent = list(range(len(places)))

    def root(i):
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    # Sorted by x, only the next few places can be near enough.
    step = 1
    while step < len(places):
        candidates = np.flatnonzero(
            places[step:, 0] - places[:-step, 0] < tolerance
        )
        if not len(candidates):
            break
        gap = places[candidates + step] - places[candidates]
        for i in candidates[np.hypot(gap[:, 0], gap[:, 1]) < tolerance].tolist():
            parent[root(i)] = root(i + step)
        step += 1
    roots = np.array([root(i) for i in range(len(places))])
    numbers, number = np.unique(roots, return_inverse=True)
    return number[place], len(places) - len(numbers)


class Network:
    """Edges with the polylines they follow and the nodes they join."""

    def __init__(self, lines, tolerance=NODE_TOLERANCE, cell=50.0):
        self.lines = lines
        ends = np.array([line[[0, -1]] for line in lines]).reshape(-1, 2)
        number, self.merged = cluster(ends, tolerance)
        self.u, self.v = number[0::2], number[1::2]
        self.n_nodes = int(number.max()) + 1
        # The number of the first line end that belongs to each node.
        self.node_xy = ends[np.unique(number, return_index=True)[1]]

        sizes = np.array([len(line) for line in lines])
        points = np.concatenate(lines)
        first = np.ones(len(points), bool)
        first[np.cumsum(sizes) - 1] = False
        starts = np.flatnonzero(first)
        a, b = points[starts], points[starts + 1]
        self.segment_edge = np.repeat(np.arange(len(lines)), sizes - 1)
        self.segment_length = np.hypot(*(b - a).T)
        self.length = np.bincount(
            self.segment_edge, self.segment_length, minlength=len(lines)
        )
        total = np.cumsum(self.segment_length)
        before = np.concatenate(([0.0], np.cumsum(self.length)))[self.segment_edge]
        self.segment_start = np.maximum(total - self.segment_length - before, 0)
        self.segments = Segments(a, b, cell)

        self.neighbours = [[] for _ in range(self.n_nodes)]
        for u, v, length in zip(self.u.tolist(), self.v.tolist(), self.length.tolist()):
            self.neighbours[u].append((v, length))
            self.neighbours[v].append((u, length))

    def position(self, segment, along):
        """Metres along the edge at a fraction of one of its segments."""
        metres = self.segment_start[segment] + along * self.segment_length[segment]
        return np.minimum(metres, self.length[self.segment_edge[segment]])

    def snap(self, points):
        """Nearest edge, metres along it, and distance to it, for each point."""
        segment, offset, along = self.segments.nearest(points)
        return self.segment_edge[segment], self.position(segment, along), offset

    def distances(self, contacts):
        """Least way from each node to any contact: scipy's Dijkstra from one
        more node, from which an edge leads to both ends of each contact's edge."""
        source = self.n_nodes
        ends, ways = [], []
        for edge, start, end, offset in contacts:
            ends += [int(self.u[edge]), int(self.v[edge])]
            ways += [offset + start, offset + self.length[edge] - end]
        rows = np.concatenate((self.u, self.v, np.full(len(ends), source)))
        columns = np.concatenate((self.v, self.u, np.array(ends, int)))
        lengths = np.concatenate((self.length, self.length, np.array(ways, float)))
        # Of edges between the same nodes the shortest counts; scipy would add them.
        order = np.lexsort((lengths, columns, rows))
        rows, columns, lengths = rows[order], columns[order], lengths[order]
        first = np.ones(len(rows), bool)
        first[1:] = (rows[1:] != rows[:-1]) | (columns[1:] != columns[:-1])
        size = self.n_nodes + 1
        graph = csr_matrix((lengths[first], (rows[first], columns[first])), shape=(size, size))
        return dijkstra(graph, indices=source)[: self.n_nodes]

    def labels(self):
        """The component of each edge, the longest being 0."""
        label = np.full(self.n_nodes, -1)
        for start in range(self.n_nodes):
            if label[start] >= 0:
                continue
            label[start] = number = label.max() + 1
            waiting = [start]
            while waiting:
                for neighbour, _ in self.neighbours[waiting.pop()]:
                    if label[neighbour] < 0:
                        label[neighbour] = number
                        waiting.append(neighbour)
        of_edge = label[self.u]
        metres = np.bincount(of_edge, self.length)
        rank = np.empty(len(metres), int)
        rank[np.argsort(-metres, kind="stable")] = np.arange(len(metres))
        return rank[of_edge]

    def leaving_pieces(self, points, snapped, contacts):
        """For points on pieces without a facility: which, and their place on the
        nearest edge of a component that has one, no more than 50 m farther."""
        edge, _, offset = snapped
        label = self.labels()
        served = np.unique(label[[int(contact[0]) for contact in contacts]])
        stray = label[edge] != 0 if 0 in served else np.ones(len(edge), bool)
        a, b = self.segments.a, self.segments.b
        found = []
        for i in np.flatnonzero(stray):
            leads = np.isin(label[self.segment_edge], served) & (
                label[self.segment_edge] != label[edge[i]]
            )
            which = np.flatnonzero(leads)
            if not len(which):
                continue
            along = np.clip(
                ((points[i] - a[which]) * (b - a)[which]).sum(1)
                / np.maximum(((b - a)[which] ** 2).sum(1), 1e-300),
                0,
                1,
            )
            place = a[which] + along[:, None] * (b - a)[which]
            away = np.hypot(*(points[i] - place).T)
            best = int(np.argmin(away))
            if away[best] <= offset[i] + 50:
                found.append((i, which[best], along[best], away[best]))
        rows = np.array([row[0] for row in found], int)
        segment = np.array([row[1] for row in found], int)
        along = np.array([row[2] for row in found], float)
        away = np.array([row[3] for row in found], float)
        return rows, (self.segment_edge[segment], self.position(segment, along), away)

    def meets(self, edge, start, end):
        """Whether a straight line meets a segment of an edge."""
        a, b = (side[self.segment_edge == edge] for side in (self.segments.a, self.segments.b))
        u, v, w = end - start, b - a, a - start
        cross = lambda p, q: p[..., 0] * q[..., 1] - p[..., 1] * q[..., 0]
        below = cross(u, v)
        with np.errstate(divide="ignore", invalid="ignore"):
            first, second = cross(w, v) / below, cross(w, u) / below
        inside = lambda part: (part >= 0) & (part <= 1)
        return bool(np.any((below != 0) & inside(first) & inside(second)))

    def approached(self, points, snapped, facilities):
        """The ways from points to facilities, with pieces left and places off
        the street gone to straight."""
        way = self.ways(snapped, facilities.contacts)
        rows, others = self.leaving_pieces(points, snapped, facilities.contacts)
        if len(rows):
            way[rows] = np.minimum(way[rows], self.ways(others, facilities.contacts))
        for number, place in enumerate(getattr(facilities, "points", [])):
            on, _, away = (column[number] for column in facilities.snapped)
            if away <= 1:
                continue
            for i in np.flatnonzero((snapped[0] == on) & (snapped[2] > 1)):
                straight = float(np.hypot(*(points[i] - place)))
                if straight < way[i] and not self.meets(on, points[i], place):
                    way[i] = straight
        return way

    def ways(self, snapped, contacts):
        """Least way from snapped points to any contact.

        A contact (edge, start, end, offset) is a stretch of an edge, mostly of
        no length, that is `offset` metres away from a facility.
        """
        edge, position, offset = snapped
        node = self.distances(contacts)
        way = np.minimum(
            position + node[self.u[edge]],
            self.length[edge] - position + node[self.v[edge]],
        )
        order = np.argsort(edge, kind="stable")
        bounds = np.searchsorted(edge[order], np.arange(len(self.lines) + 1))
        for on, start, end, away in contacts:
            here = order[bounds[on] : bounds[on + 1]]
            direct = np.maximum(start - position[here], position[here] - end)
            way[here] = np.minimum(way[here], np.maximum(direct, 0) + away)
        return way + offset

    def components(self):
        """Nodes and metres of each component, the largest first."""
        label = np.full(self.n_nodes, -1)
        found = 0
        for seed in range(self.n_nodes):
            if label[seed] >= 0:
                continue
            label[seed] = found
            stack = [seed]
            while stack:
                for other, _ in self.neighbours[stack.pop()]:
                    if label[other] < 0:
                        label[other] = found
                        stack.append(other)
            found += 1
        nodes = np.bincount(label)
        metres = np.bincount(label[self.u], self.length, minlength=found)
        order = np.argsort(-nodes, kind="stable")
        return nodes[order], metres[order]


# --- Facilities ------------------------------------------------------------


class Points:
    """Facilities that are points; they join the network like addresses."""

    def __init__(self, points, network):
        self.points = points
        self.snapped = network.snap(points)
        self.offsets = self.snapped[2]
        self.contacts = [
            (int(edge), float(at), float(at), float(offset))
            for edge, at, offset in zip(*self.snapped)
        ]

    def air_line(self, points):
        least = np.full(len(points), np.inf)
        for x, y in self.points:
            least = np.minimum(least, np.hypot(points[:, 0] - x, points[:, 1] - y))
        return least


class Polygons:
    """Facilities that are polygons; they join the network at their outline."""

    def __init__(self, polygons, network):
        self.polygons = polygons
        rings = [(i, r) for i, parts in enumerate(polygons) for p in parts for r in p]
        a = np.concatenate([ring[:-1] for _, ring in rings])
        b = np.concatenate([ring[1:] for _, ring in rings])
        owner = np.repeat([i for i, _ in rings], [len(ring) - 1 for _, ring in rings])
        self.outline = Segments(a, b, 100.0)
        self.owner = owner

        self.contacts, self.wholly_inside = [], []
        met = self._crossed(network, a, b, owner)
        met |= self._contained(network)
        self.with_entrances = int(met.sum())
        self.offsets = np.zeros(len(polygons))
        for i in np.flatnonzero(~met):
            edge, at, offset = self._nearest(network, i)
            self.contacts.append((edge, at, at, offset))
            self.offsets[i] = offset

    def _crossed(self, network, a, b, owner):
        """Adds each point where an edge meets an outline."""
        grid = network.segments
        line, segment = grid.meeting(a, b)
        pair, along = crossings(grid.a[segment], grid.b[segment], a[line], b[line])
        segment, place = segment[pair], owner[line[pair]]
        edge = network.segment_edge[segment]
        at = network.position(segment, along)
        self.crossing = set(zip(place.tolist(), edge.tolist()))
        entrances = sorted(set(zip(place.tolist(), edge.tolist(), at.tolist())))
        self.contacts += [(on, metres, metres, 0.0) for _, on, metres in entrances]
        met = np.zeros(len(self.polygons), bool)
        met[place] = True
        return met

    def _contained(self, network):
        """Adds each edge that lies inside without meeting the outline."""
        met = np.zeros(len(self.polygons), bool)
        starts = np.array([line[0] for line in network.lines])
        for i, parts in enumerate(self.polygons):
            for edge in np.flatnonzero(inside(starts, parts)).tolist():
                if (i, edge) not in self.crossing:
                    self.contacts.append((edge, 0.0, float(network.length[edge]), 0.0))
                    self.wholly_inside.append((i, edge))
                    met[i] = True
        return met

    def _nearest(self, network, i):
        """The edge nearest to an outline it does not meet: (edge, at, offset).

        Two segments that do not meet are nearest at an end of one of them.
        """
        a, b = self.outline.a[self.owner == i], self.outline.b[self.owner == i]
        grid = network.segments
        from_outline, away, along = grid.nearest(a)
        found = list(zip(from_outline, away, along))
        reach = away.min() + 10 * TIE
        low, high = np.minimum(a, b).min(0) - reach, np.maximum(a, b).max(0) + reach
        for ends, fraction in ((grid.a, 0.0), (grid.b, 1.0)):
            near = np.flatnonzero(((ends >= low) & (ends <= high)).all(1))
            for k in near:
                away = distance_to_segments(ends[k], a, b)[0].min()
                found.append((k, away, fraction))
        segment, away, along = (np.array(column) for column in zip(*found))
        tied = np.flatnonzero(away <= away.min() + TIE)
        edge = network.segment_edge[segment[tied]]
        at = network.position(segment[tied], along[tied])
        first = np.lexsort((at, edge))[0]
        return int(edge[first]), float(at[first]), float(away[tied][first])

    def air_line(self, points):
        least = self.outline.nearest(points, tie=0.0)[1]
        for parts in self.polygons:
            least[inside(points, parts)] = 0.0
        return least


# --- Cologne ---------------------------------------------------------------


class Cologne:
    """The city's data as the cases need them."""

    def __init__(self, folder):
        self.folder = folder
        self.facts, self.seconds = {}, {}
        self._timed("network", self._read_network)
        self._timed("addresses", self._read_addresses)
        self._timed("areas", self._read_areas)
        self._timed("schools", self._read_schools)
        self._timed("playgrounds", self._read_playgrounds)
        self.population = self._read_population()
        self._ways, self._air_lines = {}, {}

    def _timed(self, name, step, *arguments):
        start = time.perf_counter()
        result = step(*arguments)
        self.seconds[name] = round(time.perf_counter() - start, 3)
        return result

    def _read_network(self):
        path = self.folder / "Strassenabschnitt.shp"
        shift = city_shift(path)
        values, shapes = read_features(path, ["STRASSE"])
        lines, closed = [], {"BAB": 0, "Stadtautobahn": 0}
        for name, wkb in zip(values["STRASSE"], shapes):
            name = name or ""
            if name.startswith("BAB "):
                closed["BAB"] += 1
            elif name.startswith("Stadtautobahn"):
                closed["Stadtautobahn"] += 1
            else:
                lines += shifted(parse_wkb(wkb)[1], shift)
        self.network = network = Network(lines)
        nodes, metres = network.components()
        self.facts["network"] = {
            "segments": len(shapes),
            "closed_to_foot": closed,
            "edges": len(lines),
            "nodes": network.n_nodes,
            "end_places_merged": network.merged,
            "open_km": metres.sum() / 1000,
            "components": len(nodes),
            "largest_share_of_nodes": nodes[0] / nodes.sum(),
            "largest_share_of_length": metres[0] / metres.sum(),
        }

    def _read_addresses(self):
        path = self.folder / "adressen-abgeleitet.csv"
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file, delimiter=";")
            header = next(rows)
            columns = [header.index(name) for name in ("id", "ostwert", "nordwert")]
            kept = [[row[i] for i in columns] for row in rows]
        self.address_id = [row[0] for row in kept]
        self.addresses = np.array([row[1:] for row in kept], float)
        self.snapped = self.network.snap(self.addresses)
        self.facts["addresses"] = {
            "count": len(self.addresses),
            "snapping_m": quantiles(self.snapped[2]),
        }

    def _read_areas(self):
        path = self.folder / "Stadtteil.shp"
        shift = city_shift(path)
        values, shapes = read_features(path, ["STT_NR"])
        self.area_number = [int(number) for number in values["STT_NR"]]
        self.area = np.full(len(self.addresses), -1)
        self.area_polygons = [shifted(parse_wkb(wkb)[1], shift) for wkb in shapes]
        several = 0
        for i, polygons in enumerate(self.area_polygons):
            within = inside(self.addresses, polygons)
            several += int((within & (self.area >= 0)).sum())
            self.area[within & (self.area < 0)] = i
        self.per_area = np.bincount(
            self.area[self.area >= 0], minlength=len(self.area_number)
        )
        self.facts["addresses"]["in_no_area"] = int((self.area < 0).sum())
        self.facts["addresses"]["in_several_areas"] = several
        self.facts["areas"] = {
            "count": len(self.area_number),
            "without_addresses": sorted(
                number for number, n in zip(self.area_number, self.per_area) if not n
            ),
        }

    def _read_schools(self):
        path = self.folder / "schulen-in-koeln.arcgis.json"
        features = json.loads(path.read_text(encoding="utf-8"))["features"]
        chosen = [f for f in features if f["attributes"]["SCHULART"] == "Grundschule"]
        self.school_id = [f["attributes"]["OBJECTID"] for f in chosen]
        self.schools = Points(
            to_utm32(
                [f["geometry"]["x"] for f in chosen], [f["geometry"]["y"] for f in chosen]
            ),
            self.network,
        )
        self.facts["schools"] = {
            "all": len(features),
            "chosen": len(chosen),
            "snapping_m": quantiles(self.schools.offsets),
        }

    def _read_playgrounds(self):
        path = self.folder / "gruenflaechen-objekte.shp"
        shift = city_shift(path)
        values, shapes = read_features(path, ["Objekttyp"])
        found = [
            shifted(parse_wkb(wkb)[1], shift)
            for kind, wkb in zip(values["Objekttyp"], shapes)
            if kind == PLAYGROUND
        ]
        chosen = [p for p in found if polygon_area(p) >= MIN_PLAYGROUND_AREA]
        self.playgrounds = places = Polygons(chosen, self.network)
        self.facts["playgrounds"] = {
            "all": len(found),
            "chosen": len(chosen),
            "with_entrances": places.with_entrances,
            "entrances": sum(1 for contact in places.contacts if contact[3] == 0),
            "edges_wholly_inside": len(places.wholly_inside),
            "snapping_m": quantiles(places.offsets),
        }

    def _read_population(self):
        """Persons by area number and published age group."""
        population = {}
        path = self.folder / "bevoelkerung.csv"
        with path.open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                if row["tab_id"] == "020" and row["jahr"] == YEAR:
                    bounds = re.fullmatch(r"(\d+) - < (\d+)", row["zeile"])
                    group = tuple(map(int, bounds.groups())) if bounds else row["zeile"]
                    population.setdefault(int(row["raum_id"]), {})[group] = float(
                        row["zahl"]
                    )
        # The table mixes levels: 0 is the city, 1 to 9 are its districts.
        return {number: groups for number, groups in population.items() if number > 100}

    def persons(self, group):
        """Persons of [from, below) by area number, in the order of the areas."""
        start, stop = group
        groups = next(iter(self.population.values()))
        published = sorted(g for g in groups if isinstance(g, tuple))
        chosen = [g for g in published if start <= g[0] and g[1] <= stop]
        at = start
        for low, high in chosen:
            if low != at:
                break
            at = high
        if at != stop:
            raise ValueError(f"{group} is no union of published age groups")
        return np.array(
            [sum(self.population[n][g] for g in chosen) for n in self.area_number]
        )

    def ways_to(self, kind):
        if kind not in self._ways:
            facilities = getattr(self, kind)
            self._ways[kind] = self._timed(
                f"ways_{kind}", self.network.approached, self.addresses, self.snapped, facilities
            )
        return self._ways[kind]

    def air_lines_to(self, kind):
        if kind not in self._air_lines:
            facilities = getattr(self, kind)
            self._air_lines[kind] = self._timed(
                f"air_lines_{kind}", facilities.air_line, self.addresses
            )
        return self._air_lines[kind]

    def case(self, name):
        kind, group, limit = CASES[name]
        before = dict(self.seconds)
        start = time.perf_counter()
        way, air_line = self.ways_to(kind), self.air_lines_to(kind)
        shared = {k: v for k, v in self.seconds.items() if k not in before}
        persons = self.persons(group)
        counted = self.per_area > 0
        share = np.where(counted, persons / np.maximum(self.per_area, 1), 0)

        def covered(distance):
            within = (distance <= limit) & (self.area >= 0)
            return np.bincount(self.area[within], minlength=len(persons)) * share

        by_way, by_air = covered(way), covered(air_line)
        spread = math.fsum(persons[counted])
        total = math.fsum(by_way)
        areas = {
            str(number): {
                "persons": float(persons[i]),
                "covered": float(by_way[i]),
                "airline_covered": float(by_air[i]),
            }
            for i, number in enumerate(self.area_number)
        }
        return {
            "name": name,
            "persons": math.fsum(persons),
            "covered": total,
            "uncovered": spread - total,
            "airline_covered": math.fsum(by_air),
            "unspread": math.fsum(persons[~counted]),
            "addresses_covered": int((way <= limit).sum()),
            "addresses_airline_covered": int((air_line <= limit).sum()),
            "addresses_unreachable": int(np.isinf(way).sum()),
            # Whether an address within a millimetre of the limit is covered
            # can depend on rounding.
            "addresses_at_the_limit": int((abs(way - limit) < 1e-3).sum()),
            "addresses_at_the_limit_airline": int((abs(air_line - limit) < 1e-3).sum()),
            "areas": dict(sorted(areas.items())),
            "seconds": {**shared, "case": round(time.perf_counter() - start, 3)},
        }

    def pairs(self, count, seed):
        """Random ways from one address to one school."""
        random = np.random.default_rng(seed)
        rows = random.integers(len(self.addresses), size=count)
        targets = random.integers(len(self.school_id), size=count)
        metres = np.empty(count)
        for target in np.unique(targets):
            chosen = np.flatnonzero(targets == target)
            snapped = tuple(column[rows[chosen]] for column in self.snapped)
            contacts = [self.schools.contacts[target]]
            metres[chosen] = self.network.ways(snapped, contacts)
        return [
            {
                "row": int(row),
                "id": self.address_id[row],
                "school": self.school_id[target],
                "metres": finite(way),
            }
            for row, target, way in zip(rows, targets, metres)
        ]


def quantiles(values):
    """Quantiles and the largest of some distances in metres."""
    named = {f"p{q}": float(np.percentile(values, q)) for q in (50, 90, 95, 99)}
    return {**named, "max": float(values.max())}


def finite(value):
    return float(value) if math.isfinite(value) else None


# --- Check by brute force --------------------------------------------------


def plain_way(network, point, contacts):
    """The least way from a point to any contact, the slow and plain way.

    Looks at every segment for the nearest edge, cuts the edges at all places
    of interest, and walks from the point until it arrives.
    """
    least, edge, at = math.inf, None, None
    for i, line in enumerate(network.lines):
        walked = 0.0
        for (x1, y1), (x2, y2) in zip(line[:-1].tolist(), line[1:].tolist()):
            length = math.dist((x1, y1), (x2, y2))
            t = ((point[0] - x1) * (x2 - x1) + (point[1] - y1) * (y2 - y1)) / length**2
            t = min(max(t, 0.0), 1.0)
            away = math.dist(point, (x1 + t * (x2 - x1), y1 + t * (y2 - y1)))
            if away < least - TIE:
                least, edge, at = away, i, walked + t * length
            walked += length

    graph = {}

    def link(one, other, length):
        graph.setdefault(one, []).append((other, length))
        graph.setdefault(other, []).append((one, length))

    cuts, free = {edge: {at: "start"}}, {}
    for on, start, end, offset in contacts:
        free.setdefault(on, []).append((start, end))
        for place in (start, end):
            cuts.setdefault(on, {}).setdefault(place, ("cut", on, place))
            link(cuts[on][place], "goal", offset)
    for i in range(len(network.lines)):
        chain = [(0.0, int(network.u[i]))]
        chain += sorted(cuts.get(i, {}).items())
        chain += [(float(network.length[i]), int(network.v[i]))]
        for (from_at, one), (to_at, other) in zip(chain, chain[1:]):
            level = any(a <= from_at and to_at <= b for a, b in free.get(i, ()))
            link(one, other, 0.0 if level else to_at - from_at)

    done, queue = set(), [(0.0, 0, "start")]
    pushed = 0
    while queue:
        way, _, place = heapq.heappop(queue)
        if place == "goal":
            return least + way
        if place in done:
            continue
        done.add(place)
        for other, length in graph[place]:
            pushed += 1
            heapq.heappush(queue, (way + length, pushed, other))
    return math.inf


def check(city, count, seed):
    """Compares random addresses with brute force; the greatest difference."""
    random = np.random.default_rng(seed)
    rows = random.integers(len(city.addresses), size=count).tolist()
    result = {}
    for kind in ("schools", "playgrounds"):
        way = city.ways_to(kind)
        contacts = getattr(city, kind).contacts
        worst = 0.0
        for row in rows:
            plain = plain_way(city.network, city.addresses[row].tolist(), contacts)
            if math.isinf(plain) != math.isinf(way[row]):
                worst = math.inf
            elif math.isfinite(plain):
                worst = max(worst, abs(plain - way[row]))
        result[kind] = {"addresses": count, "greatest_difference_m": finite(worst)}
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with koeln/")
    parser.add_argument("--cases", nargs="+", choices=CASES, default=list(CASES))
    parser.add_argument("--pairs", type=int, help="random ways address -> school")
    parser.add_argument("--check", type=int, help="addresses to check by brute force")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()

    start = time.perf_counter()
    city = Cologne(arguments.data / "koeln")
    result = {"facts": city.facts}
    if arguments.pairs is not None:
        result["pairs"] = city.pairs(arguments.pairs, arguments.seed)
    elif arguments.check is not None:
        result["check"] = check(city, arguments.check, arguments.seed)
    else:
        result["cases"] = [city.case(name) for name in arguments.cases]
    result["seconds"] = {
        **city.seconds,
        "total": round(time.perf_counter() - start, 3),
    }
    json.dump(result, sys.stdout, indent=1, allow_nan=False)
    print()


if __name__ == "__main__":
    main()
