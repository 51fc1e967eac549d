"""GDAL (the one of pyogrio, or where there is none of osgeo) reads a collection of a server (OAPIF) of odd values, whole and by
filters of its own language, over as many pages as it takes; the database has said what is to come.

    ask_gdal.py BASE-URL < {"table": …, "values": {KEY: {COLUMN: TEXT}}, "filters": [[FILTER, [KEY…]]…]}

It prints a line and fails where anything differs."""

import json
import re
import sys
from decimal import Decimal, InvalidOperation

base = sys.argv[1]
wanted = json.load(sys.stdin)
table = wanted["table"]

try:
    import pyogrio

    version = ".".join(map(str, pyogrio.__gdal_version__))

    def read(where):
        meta, ids, _, columns = pyogrio.raw.read(f"OAPIF:{base}", layer=table, where=where, PAGE_SIZE="40")
        return [dict(zip(meta["fields"], row)) for row in zip(*columns)]

except ImportError:
    from osgeo import gdal, ogr

    gdal.UseExceptions()
    version = gdal.__version__

    def read(where):
        source = gdal.OpenEx(f"OAPIF:{base}", open_options=["PAGE_SIZE=40"])
        layer = source.GetLayerByName(table)
        layer.SetAttributeFilter(where)
        definition = layer.GetLayerDefn()
        fields = [definition.GetFieldDefn(at) for at in range(definition.GetFieldCount())]
        in_time = (ogr.OFTDate, ogr.OFTDateTime)

        def value(feature, at):
            if feature.IsFieldNull(at):
                return None
            return feature.GetFieldAsString(at) if fields[at].GetType() in in_time else feature.GetField(at)

        rows = [{field.GetName(): value(feature, at) for at, field in enumerate(fields)} for feature in layer]
        assert layer.GetFeatureCount() == len(rows), f"{where}: a count of {layer.GetFeatureCount()}, not {len(rows)}"
        return rows


def plain(value):
    if value is None or value != value or str(value) in ("NaT", "nan"):
        return None
    return str(value)


def same(own, known):
    if own == known or known in ("NaN", "Infinity", "-Infinity") and own is None:
        return True
    if known is not None and known.endswith("BC"):
        # GDAL counts a year 0, and writes it in three or four digits.
        year, month_and_day = known.removesuffix(" BC").split("-", 1)
        found = re.fullmatch(r"-0*(\d+)[-/](\d\d)[-/](\d\d)", own or "")
        return found is not None and (int(found[1]) + 1, f"{found[2]}-{found[3]}") == (int(year), month_and_day)
    try:
        # pyogrio has whole numbers as floats where some are NULL.
        return Decimal(own) == Decimal(known) or own.endswith(".0") and float(own) == float(known)
    except (TypeError, InvalidOperation):
        # One writes an instant with `T` or a blank, with its zone or without.
        def tidy(text):
            return text.replace("/", "-").replace("T", " ").removesuffix("Z").removesuffix("+00").removesuffix(".000")

        return own is not None and known is not None and tidy(own) == tidy(known)


rows = read(None)
assert len(rows) == len(wanted["values"]), f"{len(rows)} features, not {len(wanted['values'])}"
for row in rows:
    known = wanted["values"][plain(row["id"])]
    for name, value in known.items():
        assert same(plain(row[name]), value), f"{row['id']}.{name}: {row[name]!r}, not {value!r}"
failed = 0
for where, keys in wanted["filters"]:
    got = sorted(plain(row["id"]) for row in read(where))
    if got != sorted(map(str, keys)):
        failed += 1
        print(f"FAIL  {where}: {len(got)} features, not {len(keys)}", flush=True)
print(f"GDAL {version}: {len(rows)} features of {table}, {len(wanted['filters'])} filters, {failed} failed", flush=True)
sys.exit(1 if failed else 0)
