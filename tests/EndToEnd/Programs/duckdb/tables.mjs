// Reads tables with DuckDB: tables.mjs COLUMN FILE...
// Prints a line a file: how many rows, their studies added up, and how many rows have something in the column.
import { DuckDBInstance } from "@duckdb/node-api";

const [column, ...files] = process.argv.slice(2);
const connection = await (await DuckDBInstance.create(":memory:")).connect();
for (const file of files) {
  const query = `SELECT count(*), sum(study_id), count("${column}") FROM read_csv('${file}')`;
  const [row] = (await connection.runAndReadAll(query)).getRowsJson();
  console.log(row.join(" "));
}
