"""Has QGIS (3.40) load a style by its address, draws places with it, and compares their colours with those of the style.

    qgis_style.py BASE-URL STYLE CLASS=COLLECTION…      with QT_QPA_PLATFORM=offscreen

For each class of the base map, places inside features of the collection are drawn at zoom 15. Labels, roads and buildings hide
some of them; of the others, each must have the colour that the style says. The last line counts them; the exit code is 0 if they agree.
"""

import json
import sys
import urllib.parse
import urllib.request

from qgis.core import (QgsApplication, QgsCoordinateReferenceSystem, QgsCoordinateTransform, QgsDataSourceUri, QgsGeometry,
                       QgsMapRendererParallelJob, QgsMapSettings, QgsPointXY, QgsProject, QgsRectangle, QgsVectorTileLayer, QgsVectorTileUtils)
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor

ZOOM = 15
PLACES = 25
SIDE = 64
# The share of places that no label, road or building may hide.
LEAST = 0.6

base, style_id, *classes = sys.argv[1:]
application = QgsApplication([], False)
application.initQgis()


def get(path):
    with urllib.request.urlopen(base + path) as answer:
        return json.load(answer)


style = get(f"/styles/{style_id}")
uri = QgsDataSourceUri()
uri.setParam("type", "xyz")
uri.setParam("styleUrl", f"{base}/styles/{style_id}")
updated = QgsVectorTileUtils.updateUriSources(bytes(uri.encodedUri()).decode())
layer = QgsVectorTileLayer(updated[1] if isinstance(updated, tuple) else updated, "style")
error, loaded = layer.loadDefaultStyle()
if not layer.isValid() or not loaded:
    sys.exit(f"QGIS does not load the style: {error or layer.error().message()}")

background = next(one["paint"]["background-color"] for one in style["layers"] if one["type"] == "background")
mercator = QgsCoordinateReferenceSystem("EPSG:3857")
to_mercator = QgsCoordinateTransform(QgsCoordinateReferenceSystem("EPSG:4326"), mercator, QgsProject.instance())
# Metres on a pixel at a zoom of tiles of 512 pixels, as MapLibre counts.
pixel = 2 * 20037508.342789244 / (512 * 2**ZOOM)


def colour_at(point):
    """The colour that QGIS draws at a place."""
    settings = QgsMapSettings()
    settings.setLayers([layer])
    settings.setDestinationCrs(mercator)
    settings.setBackgroundColor(QColor(background))
    settings.setOutputSize(QSize(SIDE, SIDE))
    half = pixel * SIDE / 2
    settings.setExtent(QgsRectangle(point.x() - half, point.y() - half, point.x() + half, point.y() + half))
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    return job.renderedImage().pixelColor(SIDE // 2, SIDE // 2)


def places(collection, wanted):
    """Places well inside of the largest areas of a class."""
    values = values_of(collection, wanted)
    query = {"limit": 500}
    if values is not None:
        column, names = values
        query["filter"] = f'"{column}" IN ({", ".join(chr(39) + name.replace(chr(39), chr(39) * 2) + chr(39) for name in names)})'
    items = get(f"/collections/{collection}/items?{urllib.parse.urlencode(query)}")["features"]
    areas = []
    for item in items:
        geometry = QgsGeometry.fromWkt(wkt(item["geometry"])) if item["geometry"] else None
        if geometry is not None and not geometry.isEmpty():
            geometry.transform(to_mercator)
            areas.append(geometry)
    areas.sort(key=lambda area: -area.area())
    # Not only the middle, where the name is.
    found = [point for area in areas[:PLACES] for point in inside(area)]
    yield from found[:: max(1, len(found) // PLACES)][:PLACES]


def inside(area):
    """Places of a coarse grid that lie well inside of an area."""
    within = area.buffer(-3 * pixel, 4)
    box = area.boundingBox()
    for column in range(1, 6):
        for row in range(1, 6):
            point = QgsPointXY(box.xMinimum() + box.width() * column / 6, box.yMinimum() + box.height() * row / 6)
            if not within.isEmpty() and within.contains(QgsGeometry.fromPointXY(point)):
                yield point


def values_of(collection, wanted):
    """Column and values of a class, from the filter of its layer: ["match", ["get", column], values, true, false]."""
    found = next(one for one in style["layers"] if one["id"] == f"{wanted}:{collection}").get("filter")
    return None if found is None else (found[1][1], found[2])


def wkt(geometry):
    """GeoJSON's polygons as WKT."""
    ring = lambda points: "(" + ", ".join(f"{x} {y}" for x, y, *_ in points) + ")"
    polygon = lambda rings: "(" + ", ".join(map(ring, rings)) + ")"
    if geometry["type"] == "Polygon":
        return "POLYGON " + polygon(geometry["coordinates"])
    return "MULTIPOLYGON (" + ", ".join(map(polygon, geometry["coordinates"])) + ")"


failed = 0
for entry in classes:
    wanted, collection = entry.split("=")
    expected = QColor(next(one for one in style["layers"] if one["id"] == f"{wanted}:{collection}")["paint"]["fill-color"])
    seen = [colour_at(point) for point in places(collection, wanted)]
    near = [colour for colour in seen
            if max(abs(colour.red() - expected.red()), abs(colour.green() - expected.green()), abs(colour.blue() - expected.blue())) <= 2]
    agrees = len(seen) > 0 and len(near) >= LEAST * len(seen)
    failed += not agrees
    print(f"{'ok  ' if agrees else 'FAIL'}  {wanted} of {collection}: {len(near)} of {len(seen)} places are {expected.name()}",
          "" if agrees else [colour.name() for colour in seen])
print(f"{len(classes)} classes, {failed} failed")
sys.exit(1 if failed else 0)
