"""QGIS, without a window, reads collections of a server (OAPIF) and the tables of the database it serves, and compares:
count, extent, coordinate system, and of each feature the attributes and the geometry. What a box and, where QGIS knows CQL2
(from 3.32 on), a filter find must be what the database finds, and the server must have been asked for it.

    compare_qgis.py BASE-URL HOST PORT DATABASE TABLE=KEY…

It prints a line for each table and fails where anything differs."""

import http.client
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote_plus, urlsplit

from qgis.core import (
    Qgis, QgsApplication, QgsCoordinateTransform, QgsDataSourceUri, QgsFeatureRequest, QgsProject,
    QgsRectangle, QgsVectorLayer,
)
from qgis.PyQt.QtCore import QDate, QDateTime, QTime, QVariant, Qt

QgsApplication.setPrefixPath("/usr", True)
application = QgsApplication([], False)
application.initQgis()
base, host, port, database, *tables = sys.argv[1:]
failed = 0
# Part 2 (output in the stored system) and Part 3 (filters) came with this version.
knows_systems_and_filters = Qgis.QGIS_VERSION_INT >= 33200
asked = []


class Listener(BaseHTTPRequestHandler):
    """Stands between QGIS and the server, to see what is asked."""

    def do_GET(self):
        asked.append(unquote_plus(self.path))
        server = http.client.HTTPConnection(urlsplit(base).netloc)
        # The host is passed on as it was, so that links lead here again.
        headers = {name: value for name, value in self.headers.items() if name.lower() != "accept-encoding"}
        server.request(self.command, self.path, headers=headers)
        answer = server.getresponse()
        body = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("transfer-encoding", "content-length", "connection"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_OPTIONS = do_GET
    do_HEAD = do_GET

    def log_message(self, *arguments):
        pass


listener = ThreadingHTTPServer(("127.0.0.1", 0), Listener)
threading.Thread(target=listener.serve_forever, daemon=True).start()
heard = f"http://127.0.0.1:{listener.server_address[1]}"


def plain(value):
    """A value as text that does not depend on how a provider types it."""
    if value is None or (isinstance(value, QVariant) and value.isNull()):
        return None
    if isinstance(value, (QDate, QTime)):
        return value.toString(Qt.ISODate)
    if isinstance(value, QDateTime):
        return value.toUTC().toString(Qt.ISODate)
    if isinstance(value, float):
        return repr(round(value, 6))
    if isinstance(value, int) and not isinstance(value, bool):
        return repr(float(value))
    return str(value)


def same(own, wanted):
    """Whether two values are the same, be a number one to its provider or, as beside NaN, a text."""
    if own == wanted:
        return True
    try:
        return repr(float(own)) == repr(float(wanted))
    except (TypeError, ValueError):
        # JSON has no NaN and no infinities: they may come as nothing.
        return own is None and wanted in ("nan", "inf", "-inf")


def read(layer, key, transform=None):
    features = {}
    for feature in layer.getFeatures():
        geometry = feature.geometry()
        if transform is not None and not geometry.isNull():
            geometry.transform(transform)
        values = {field.name(): plain(feature[field.name()]) for field in layer.fields()}
        features[values[key]] = (values, geometry)
    return features


def layers(table, key, by_view=False):
    uri = QgsDataSourceUri()
    uri.setParam("url", heard)
    uri.setParam("typename", table)
    uri.setParam("pageSize", "70")
    if by_view:  # "Only request features overlapping the view extent"
        uri.setParam("restrictToRequestBBOX", "1")
    ours = QgsVectorLayer(uri.uri(False), table, "OAPIF")
    assert ours.isValid(), f"QGIS takes no layer: {ours.error().summary()}"
    uri = QgsDataSourceUri()
    uri.setConnection(host, port, database, "postgres", "")
    uri.setDataSource("public", table, "geom", "", key)
    theirs = QgsVectorLayer(uri.uri(False), table, "postgres")
    assert theirs.isValid(), f"the database gives no layer: {theirs.error().summary()}"
    return ours, theirs


def compare(table, key):
    ours, theirs = layers(table, key)
    systems = (theirs.crs().authid(),) if knows_systems_and_filters else ("OGC:CRS84", "EPSG:4326")
    assert ours.crs().authid() in systems, f"in {ours.crs().authid()}, not {systems}"
    transform = QgsCoordinateTransform(theirs.crs(), ours.crs(), QgsProject.instance())
    left, right = read(ours, key), read(theirs, key, transform)
    assert len(left) == len(right), f"{len(left)} features, not {len(right)}"
    assert ours.featureCount() in (len(right), -1), f"a count of {ours.featureCount()}, not {len(right)}"
    near = 1e-3 if ours.crs().isGeographic() else 5
    extent, expected = ours.extent(), transform.transformBoundingBox(theirs.extent())
    for one, other in zip((extent.xMinimum(), extent.yMinimum(), extent.xMaximum(), extent.yMaximum()),
                          (expected.xMinimum(), expected.yMinimum(), expected.xMaximum(), expected.yMaximum())):
        assert abs(one - other) < near, f"extent {extent.toString()}, not {expected.toString()}"
    shared = [field.name() for field in theirs.fields() if ours.fields().indexOf(field.name()) >= 0]
    missing = [field.name() for field in theirs.fields() if field.name() not in shared]
    assert not missing, f"columns {missing} are missing"
    for id_, (values, geometry) in right.items():
        assert id_ in left, f"feature {id_} is missing"
        own, shape = left[id_]
        for name in shared:
            if theirs.fields().field(name).typeName().startswith(("_", "json")):
                continue  # lists and documents: each provider has another type for them
            if theirs.fields().field(name).typeName() == "date" and values[name] in (None, ""):
                continue  # dates that QGIS itself has no value for, such as before Christ
            assert same(own[name], values[name]), f"{id_}.{name}: {own[name]!r}, not {values[name]!r}"
        apart = shape.hausdorffDistance(geometry) if not geometry.isNull() else 0
        # In the stored system to the digit; else to the ninth decimal of a degree.
        assert apart < (1e-8 if ours.crs().isGeographic() else 1e-9), f"{id_} lies {apart} away"
    # A box is asked of the server, by a layer that has read nothing yet.
    middle = QgsRectangle(extent)
    middle.scale(0.4)
    fresh, _ = layers(table, key, by_view=True)
    asked.clear()
    inside = {plain(feature[key]) for feature in fresh.getFeatures(QgsFeatureRequest(middle).setFlags(QgsFeatureRequest.ExactIntersect))}
    box = {id_ for id_, (_, geometry) in right.items() if geometry.intersects(middle)}
    assert inside == box, f"{len(inside)} in the box, not {len(box)}"
    assert any("bbox=" in path for path in asked), f"the box is not asked for: {asked}"
    filters = filtered(table, key, right) if knows_systems_and_filters else 0
    return f"{len(right)} features in {ours.crs().authid()}, {len(shared)} columns, {len(box)} in a box, {filters} filters"


def filtered(table, key, right):
    """Filters as a user writes them in QGIS: of each column one that some features answer. How many there were."""
    count = 0
    names = [name for name in next(iter(right.values()))[0]]
    for name in names:
        _, theirs = layers(table, key)
        field = theirs.fields().field(name)
        if field.typeName().startswith(("_", "json", "bool", "date", "timestamp", "time", "uuid", "bytea")):
            continue
        values = sorted({values[name] for values, _ in right.values() if values[name] is not None})
        # In QGIS's own language a backslash escapes, in the database's it does not.
        values = [value for value in values if "\\" not in value and value not in ("nan", "inf")]
        if not values:
            continue
        middle = values[len(values) // 2]
        literal = middle if field.isNumeric() else "'" + middle.replace("'", "''") + "'"
        for expression in (f'"{name}" = {literal}', f'"{name}" IS NOT NULL AND NOT ("{name}" = {literal})'):
            ours, theirs = layers(table, key)
            asked.clear()
            assert ours.setSubsetString(expression), f"QGIS does not take {expression}"
            assert theirs.setSubsetString(expression), f"the database does not take {expression}"
            got, wanted = set(read(ours, key)), set(read(theirs, key))
            assert got == wanted, f"{expression}: {len(got)} features, not {len(wanted)}"
            pages = [path for path in asked if "/items?" in path and "limit=70" in path]
            assert pages and all("filter=" in path or f"{name}=" in path for path in pages), f"{expression} is not asked for: {pages}"
            count += 1
    return count


print(f"QGIS {Qgis.version()}")
for table in tables:
    table, key = table.split("=")
    try:
        print(f"ok    {table}: {compare(table, key)}", flush=True)
    except AssertionError as fault:
        failed += 1
        print(f"FAIL  {table}: {fault}", flush=True)
sys.stdout.flush()
application.exitQgis()
sys.exit(1 if failed else 0)
