#!/usr/bin/env bash
# Imports walkable ways, playgrounds and what a map is drawn from out of an OpenStreetMap extract into a folder:
#   heidelberg.sh DATA [FOLDER]     DATA holds heidelberg/heidelberg.osm.pbf; FOLDER is target/heidelberg, if not named
# Another city: name its extract as PBF=file. The layers and tags are OpenStreetMap's, the same everywhere.
set -euo pipefail
cd "$(dirname "$0")/.."
pbf=${PBF:-${1:?the folder that holds heidelberg/heidelberg.osm.pbf}/heidelberg/heidelberg.osm.pbf} into=${2:-target/heidelberg}

if [ ! -f "$pbf" ]; then
  echo "There is no $pbf here. Say where the extract lies: heidelberg.sh DATA, or PBF=file." >&2
  exit 1
fi
mkdir -p "$into"
if [ -n "${VEEDEL:-}" ]; then
  veedel() { "$VEEDEL" "$@"; }
else
  veedel() { cargo run --quiet --release --locked -- "$@"; }
fi
# SRS=4326 leaves the coordinates as OpenStreetMap has them; planning measures in metres either way.
import() { veedel import "$pbf" --srs "${SRS:-25832}" --into "$into" --report "$into/$1-report.json" --name "$@"; }

# GDAL keeps other tags as one text: "foot"=>"no","access"=>"private".
tag() { echo "other_tags LIKE '%\"$1\"=>\"$2\"%'"; }
walked="'footway','path','steps','pedestrian','living_street','residential','service','track','unclassified','road',
'tertiary','tertiary_link','secondary','secondary_link','primary','primary_link','trunk','trunk_link','cycleway',
'bridleway'"
allowed="($(tag foot yes) OR $(tag foot designated) OR $(tag foot permissive))"
closed="($(tag access no) OR $(tag access private))"
import wege --layer lines \
  --where "highway IN ($walked) AND (other_tags IS NULL OR NOT $(tag foot no) AND (NOT $closed OR $allowed))"
# What the base map is drawn from: all roads and paths, areas by their use, waters, buildings, rails, names and borders. The extract
# of Heidelberg is made for routing and has few of them; a whole one has all.
import strassen --layer lines --where "highway IS NOT NULL AND highway NOT IN ('proposed','construction','corridor','elevator','platform')"
import flaechen --layer multipolygons \
  --where "natural IS NOT NULL AND natural <> 'water' OR landuse IS NOT NULL OR leisure IS NOT NULL AND leisure <> 'playground' OR amenity IN ('parking','school','university','kindergarten','hospital')"
import gewaesser --layer multipolygons --where "natural = 'water' OR $(tag waterway riverbank)"
import baeche --layer lines --where "waterway IN ('river','stream','canal','ditch')"
import gebaeude --layer multipolygons --where "building IS NOT NULL AND building <> 'no'"
import bahn --layer lines --where "railway IN ('rail','light_rail','tram','narrow_gauge','subway')"
import orte --layer points --where "place IS NOT NULL"
import grenzen --layer multipolygons --where "boundary = 'administrative' AND admin_level IN ('8','9','10')"
import spielplaetze --layer multipolygons --where "leisure = 'playground'"
import spielplaetze_punkte --layer points --where "$(tag leisure playground)"
