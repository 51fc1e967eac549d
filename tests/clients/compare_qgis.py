"""QGIS, without a window, reads collections of a server (OAPIF) and the tables of the database it serves, and compares:
count, extent, coordinate system, and of each feature the attributes and the geometry. What a box and filters find must be what
the database finds; where QGIS knows CQL2 (from 3.32 on), it must have asked the server for filters, too.

    compare_qgis.py BASE-URL HOST PORT DATABASE TABLE=KEY…

It prints a line for each table and fails where anything differs."""

import http.client
import json
import re
import sys
import threading
from decimal import Decimal, InvalidOperation
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote_plus, urlsplit

from qgis.core import (
    Qgis, QgsApplication, QgsCoordinateTransform, QgsDataSourceUri, QgsFeatureRequest, QgsProject,
    QgsProviderRegistry, QgsRectangle, QgsVectorLayer,
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
# What the pages say that all of them hold.
matched = []


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
        if "/items?" in self.path and answer.status == 200:
            matched.append(json.loads(body)["numberMatched"])
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
    if isinstance(value, float) and not value.is_integer():
        return repr(round(value, 6))
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(int(value))
    return str(value)


def number(text):
    try:
        return round(Decimal(text), 6)
    except (TypeError, InvalidOperation):
        return None


def same(own, wanted):
    """Whether two values are the same, be a number one to its provider or, as beside NaN, a text."""
    if own == wanted:
        return True
    # JSON has no NaN and no infinities: they may come as nothing.
    if own is None and wanted in ("nan", "inf", "-inf", "NaN", "Infinity", "-Infinity"):
        return True
    return number(own) is not None and number(own) == number(wanted)


def ask(sql):
    """The rows that the database itself answers with."""
    uri = QgsDataSourceUri()
    uri.setConnection(host, port, database, "postgres", "")
    metadata = QgsProviderRegistry.instance().providerMetadata("postgres")
    return metadata.createConnection(uri.connectionInfo(False), {}).executeSql(sql)


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
    dates = [name for name in shared if theirs.fields().field(name).typeName() in ("date", "timestamp", "timestamptz")]
    before_christ = {
        name: {plain(row[0]) for row in ask(f'SELECT {column(key)} FROM {column(table)} WHERE {column(name)} < \'0001-01-01\'')}
        for name in dates
    }
    for id_, (values, geometry) in right.items():
        assert id_ in left, f"feature {id_} is missing"
        own, shape = left[id_]
        for name in shared:
            if theirs.fields().field(name).typeName().startswith(("_", "json")):
                continue  # lists and documents: each provider has another type for them
            if id_ in before_christ.get(name, ()):
                assert own[name] in (None, ""), f"{id_}.{name}: {own[name]!r}"
                continue  # QGIS reads no year before 1, and of the database leaves out the era
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
    filters = filtered(table, key, theirs, len(right))
    return f"{len(right)} features in {ours.crs().authid()}, {len(shared)} columns, {len(box)} in a box, {filters} filters"


def column(name):
    return '"' + name.replace('"', '""') + '"'


def literal(text):
    """A text in SQL."""
    return "'" + text.replace("'", "''") + "'"


def expression_of(text):
    """A text in QGIS's own language, in which a backslash escapes."""
    return literal(text.replace("\\", "\\\\"))


def conditions(table, field, most):
    """Filters on a column as a user writes them in QGIS, and in SQL, with about so many of its values."""
    name = column(field.name())
    kind = field.typeName()
    found = ask(f"SELECT DISTINCT {name}::text COLLATE \"C\" FROM {column(table)} WHERE {name} IS NOT NULL ORDER BY 1")
    values = [row[0] for row in found]
    is_text = kind in ("text", "varchar", "bpchar")
    if kind in ("date", "timestamptz"):
        values = [value for value in values if not value.endswith("BC") and "infinity" not in value]
        values = [value.replace(" ", "T").replace("+00", "Z") for value in values]
    if field.isNumeric():
        values = [value for value in values if value not in ("NaN", "Infinity", "-Infinity")]
    elif not is_text and kind not in ("date", "timestamptz"):
        return
    # What JSON has no number for is NULL to QGIS where it looks itself.
    odd = "false"
    if kind in ("float4", "float8") and not knows_systems_and_filters:
        odd = f"coalesce(abs({name}) IN ('NaN', 'Infinity'), false)"
    yield f"{name} IS NULL", f"{name} IS NULL OR {odd}"
    yield f"{name} IS NOT NULL", f"{name} IS NOT NULL AND NOT {odd}"
    if kind in ("date", "timestamptz") and not knows_systems_and_filters:
        return  # an older QGIS asks by `datetime`, whatever the column, which also finds what has no time
    # Some of them, from all over.
    few = values[:: max(1, len(values) // most)]
    quoted = (lambda value: value) if field.isNumeric() else expression_of
    in_sql = (lambda value: value) if field.isNumeric() else literal
    for value in few:
        yield f"{name} = {quoted(value)}", f"{name} = {in_sql(value)}"
    if not few:
        return
    middle = few[len(few) // 2]
    yield (
        f"{name} IS NOT NULL AND NOT ({name} = {quoted(middle)})",
        f"{name} IS NOT NULL AND NOT ({name} = {in_sql(middle)}) AND NOT {odd}",
    )
    # Texts are compared letter by letter, whatever the database's language.
    by_code = ' COLLATE "C"' if is_text else ""
    for sign in ("<", "<=", ">", ">=", "<>"):
        yield f"{name} {sign} {quoted(middle)}", f"{name} {sign} {in_sql(middle)}{by_code} AND NOT {odd}"
    if kind not in ("date", "timestamptz"):
        for test in ("IN", "NOT IN"):
            yield (
                f"{name} {test} ({', '.join(map(quoted, few[:5]))})",
                f"{name} {test} ({', '.join(map(in_sql, few[:5]))}) AND NOT {odd}",
            )
    if is_text:
        for value in few:
            # To QGIS a backslash is one of the text, but before a wildcard, which it makes a letter.
            patterns = {value, value[:2] + "%", "%" + value[-2:], "%" + value[1:3] + "%", value[:1] + "_" + value[2:]}
            for pattern in sorted(patterns):
                if "\\%" not in pattern and "\\_" not in pattern:
                    plainly = literal(pattern.replace("\\", "\\\\"))
                    yield f"{name} LIKE {expression_of(pattern)}", f"{name} LIKE {plainly}"


def filtered(table, key, theirs, rows):
    """How many filters find what the database finds, over as many pages as it takes."""
    count = 0
    # Each reads all that it finds, and an older QGIS all rows.
    is_small = rows < 300
    if not is_small and not knows_systems_and_filters:
        return 0
    for field in theirs.fields():
        for expression, sql in conditions(table, field, 24 if is_small else 1):
            if re.search("%[0-9A-Fa-f]{2}", expression):
                continue  # QGIS sends these as they are, and so another letter
            ours, _ = layers(table, key)
            wanted = {plain(row[0]) for row in ask(f"SELECT {column(key)} FROM {column(table)} WHERE {sql}")}
            asked.clear()
            matched.clear()
            assert ours.setSubsetString(expression), f"QGIS does not take {expression}"
            got = set(read(ours, key))
            assert got == wanted, f"{expression}: {len(got)} features, not {len(wanted)}: {sorted(asked)[-1:]}"
            pages = [path for path in asked if "/items?" in path and "limit=70" in path]
            is_asked = all("filter=" in path or f"{field.name()}=" in path or "datetime=" in path for path in pages)
            if knows_systems_and_filters:
                assert set(matched) <= {len(wanted)}, f"{expression}: {set(matched)} matched, not {len(wanted)}"
                assert pages and is_asked, f"{expression} is not asked for: {pages}"
                assert len(pages) >= -(-len(wanted) // 70), f"{expression}: {len(pages)} pages"
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
