"""QGIS, without a window, reads collections of a server (OAPIF) and the tables of the database it serves, and compares:
count, extent, coordinate system, and of each feature the attributes and the geometry.

    compare_qgis.py BASE-URL HOST PORT DATABASE TABLE=KEY…

It prints a line for each table and fails where anything differs."""

import sys

from qgis.core import (
    Qgis, QgsApplication, QgsCoordinateReferenceSystem, QgsCoordinateTransform, QgsDataSourceUri, QgsFeatureRequest, QgsProject,
    QgsRectangle, QgsVectorLayer,
)
from qgis.PyQt.QtCore import QDate, QDateTime, QTime, QVariant, Qt

QgsApplication.setPrefixPath("/usr", True)
application = QgsApplication([], False)
application.initQgis()
base, host, port, database, *tables = sys.argv[1:]
failed = 0


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


def read(layer, key, transform=None):
    features = {}
    for feature in layer.getFeatures():
        geometry = feature.geometry()
        if transform is not None and not geometry.isNull():
            geometry.transform(transform)
        values = {field.name(): plain(feature[field.name()]) for field in layer.fields()}
        features[values[key]] = (values, geometry)
    return features


def compare(table, key):
    uri = QgsDataSourceUri()
    uri.setParam("url", base)
    uri.setParam("typename", table)
    uri.setParam("pageSize", "70")
    ours = QgsVectorLayer(uri.uri(False), table, "OAPIF")
    assert ours.isValid(), f"QGIS takes no layer: {ours.error().summary()}"
    uri = QgsDataSourceUri()
    uri.setConnection(host, port, database, "postgres", "")
    uri.setDataSource("public", table, "geom", "", key)
    theirs = QgsVectorLayer(uri.uri(False), table, "postgres")
    assert theirs.isValid(), f"the database gives no layer: {theirs.error().summary()}"
    transform = QgsCoordinateTransform(theirs.crs(), ours.crs(), QgsProject.instance())
    left, right = read(ours, key), read(theirs, key, transform)
    assert len(left) == len(right), f"{len(left)} features, not {len(right)}"
    assert ours.featureCount() in (len(right), -1), f"a count of {ours.featureCount()}, not {len(right)}"
    extent, expected = ours.extent(), transform.transformBoundingBox(theirs.extent())
    for one, other in zip((extent.xMinimum(), extent.yMinimum(), extent.xMaximum(), extent.yMaximum()),
                          (expected.xMinimum(), expected.yMinimum(), expected.xMaximum(), expected.yMaximum())):
        assert abs(one - other) < 1e-3, f"extent {extent.toString()}, not {expected.toString()}"
    shared = [field.name() for field in theirs.fields() if ours.fields().indexOf(field.name()) >= 0]
    missing = [field.name() for field in theirs.fields() if field.name() not in shared]
    assert not missing, f"columns {missing} are missing"
    for id_, (values, geometry) in right.items():
        assert id_ in left, f"feature {id_} is missing"
        own, shape = left[id_]
        for name in shared:
            if theirs.fields().field(name).typeName().startswith(("_", "json")):
                continue  # lists and documents: each provider has another type for them
            assert own[name] == values[name], f"{id_}.{name}: {own[name]!r}, not {values[name]!r}"
        apart = shape.hausdorffDistance(geometry) if not geometry.isNull() else 0
        assert apart < 1e-8, f"{id_} lies {apart} degrees away"
    # A box is asked of the server.
    middle = QgsRectangle(extent)
    middle.scale(0.4)
    inside = {plain(feature[key]) for feature in ours.getFeatures(QgsFeatureRequest(middle).setFlags(QgsFeatureRequest.ExactIntersect))}
    box = {id_ for id_, (_, geometry) in right.items() if geometry.intersects(middle)}
    assert inside == box, f"{len(inside)} in the box, not {len(box)}"
    return f"{len(right)} features, {len(shared)} columns, {len(box)} in a box"


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
