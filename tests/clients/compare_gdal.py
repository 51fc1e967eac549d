"""The GDAL that comes with pyogrio (newer than Debian's) reads collections of a server (OAPIF) and the same tables from a
GeoPackage that was written from the database, and compares count, system, extent, attributes and geometries.

    compare_gdal.py BASE-URL GEOPACKAGE TABLE=KEY…

It prints a line for each table and fails where anything differs."""

import json
import sys

import numpy
import pyogrio
import shapely

base, package, *tables = sys.argv[1:]
failed = 0


def read(source, layer, **options):
    meta, _, geometry, columns = pyogrio.raw.read(source, layer=layer, **options)
    return meta, shapely.from_wkb(geometry), dict(zip(meta["fields"], columns))


def plain(value):
    """A value apart from how a driver types it; lists, which a GeoPackage has not, are left out."""
    if isinstance(value, numpy.ndarray):
        return "a list"
    if value is None or value != value or str(value) == "NaT":
        return None
    if isinstance(value, str) and value[:1] in "[{":
        value = json.loads(value)
    if isinstance(value, (int, float, numpy.number)) and not isinstance(value, (bool, numpy.bool_)):
        return repr(round(float(value), 6))
    return str(value)


def single(shape):
    """Of one part the part, as a layer of both kinds is one of many parts to GDAL; wound as GeoJSON wants it or not."""
    parts = shapely.get_parts(shape)
    return shapely.normalize(parts[0] if len(parts) == 1 else shape)


def compare(table, key):
    meta, shapes, columns = read(f"OAPIF:{base}", table, PAGE_SIZE="500", CRS="EPSG:25832")
    known, theirs, wanted = read(package, table)
    assert len(shapes) == len(theirs), f"{len(shapes)} features, not {len(theirs)}"
    assert "25832" in str(meta["crs"]) and "25832" in str(known["crs"]), f"in {meta['crs']}, not {known['crs']}"
    apart = numpy.abs(numpy.subtract(shapely.total_bounds(shapes), shapely.total_bounds(theirs))).max()
    assert apart < 1e-9, f"the extent is {apart} off"
    # The column that GDAL takes for the id is no attribute of its own on either side.
    ids = columns.get(key, columns.get("id"))
    left = {str(id_): at for at, id_ in enumerate(ids)}
    for row, id_ in enumerate(wanted["its_key"]):
        at = left[str(id_)]
        # Equal to the last bit: what is stored is written as it is.
        assert shapely.equals_exact(single(shapes[at]), single(theirs[row]), 0), f"{id_} lies elsewhere"
        for name, values in wanted.items():
            if name not in ("its_key", "fid", key):
                own, other = plain(columns[name][at]), plain(values[row])
                assert own == other or own == "a list", f"{id_}.{name}: {own}, not {other}"
    return f"{len(shapes)} features, {len(columns)} columns"


print(f"GDAL {'.'.join(map(str, pyogrio.__gdal_version__))}")
for table in tables:
    table, key = table.split("=")
    try:
        print(f"ok    {table}: {compare(table, key)}", flush=True)
    except AssertionError as fault:
        failed += 1
        print(f"FAIL  {table}: {fault}", flush=True)
sys.exit(1 if failed else 0)
