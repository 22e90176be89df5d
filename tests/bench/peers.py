"""The same extract made by others: pandas, Polars, PySpark on this machine, a loop over rows. Who is not installed is
left out.

Each keeps the events of the kinds, leaves out whoever opted out, coarsens ages, gives each person and each record a
keyed code, sorts by the record's code, and writes the thirteen columns to Parquet.
"""

import hashlib
import importlib.util
import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tests.bench.extracts import KINDS, SOURCES, Bench
from tests.bench.measuring import Comparison, Timed, in_turns
from tests.bench.national import MONTHS

SECRET = bytes(range(32))
COLUMNS = [name.strip() for name in SOURCES.split(",")]


def comparisons(bench: Bench, times: int) -> list[Comparison]:
    """Ours against each of theirs, in turns; a row loop once."""
    every = {"pandas": _pandas, "polars": _polars, "pyspark": _pyspark}
    there = {name: way for name, way in every.items() if importlib.util.find_spec(name)}
    for name in every.keys() - there.keys():
        print(f"{name} is not installed, so not measured")
    ours = bench.extract(bench.plan("parquet"))
    timed = in_turns({"ours": ours} | {name: _run(bench, way) for name, way in there.items()}, times)
    timed |= in_turns({"a loop over rows": _run(bench, _loop)}, 1)
    if "pyspark" in timed:
        timed["pyspark"] = Timed(timed["pyspark"].seconds)  # what it does it does in another process
    others = [name for name in timed if name != "ours"]
    return [Comparison("extract of a year, parquet", name, timed["ours"], timed[name], 1.0) for name in others]


def _run(bench: Bench, way: Callable[[Bench, Path], None]) -> Callable[[], None]:
    def run() -> None:
        out = bench.work / "peer"
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir(parents=True)
        way(bench, out)

    return run


def _code(kind: str, number: int) -> int:
    digest = hashlib.blake2b(f"{kind}{number}".encode(), key=SECRET, digest_size=8).digest()
    return int.from_bytes(digest, "little", signed=True)


def _months(bench: Bench) -> list[str]:
    return [str(bench.year.month(month)) for month in MONTHS]


def _file(bench: Bench, name: str) -> str:
    return str(bench.year.folder / f"{name}.parquet")


def _pandas(bench: Bench, out: Path) -> None:
    import pandas as pd

    kept = [("modality", "in", list(KINDS))]
    rows = pd.concat([pd.read_parquet(file, columns=COLUMNS, filters=kept) for file in _months(bench)])
    known = pd.read_parquet(_file(bench, "person_map"), filters=[("dataset", "==", "did")])
    rows = rows.merge(known[["tuple_id", "person_id"]], on="tuple_id")
    gone = pd.read_parquet(_file(bench, "opted_out"))["person_id"]
    rows = rows[~rows["person_id"].isin(gone)]
    places = pd.read_parquet(_file(bench, "geography"), columns=["lsoa", "region"])
    rows = rows.merge(places, on="lsoa", how="left")
    people = pd.Series(rows["person_id"].unique())
    codes = pd.Series([_code("person", one) for one in people], index=people)
    result = pd.DataFrame(
        {
            "person": rows["person_id"].map(codes),
            "record_id": [_code("record", one) for one in rows["record_key"]],
            "age": rows["age_years"] // 10,
            "days": (pd.to_datetime(rows["test_date"]) - pd.to_datetime(rows["request_date"])).dt.days,
            "month": pd.to_datetime(rows["test_date"]).dt.strftime("%Y-%m"),
            "ethnicity": rows["ethnic_category"].str[:1],
        }
    )
    for name in ("gender", "region", "modality", "snomed", "patient_source", "body_region", "provider"):
        result[name] = rows[name].to_numpy()
    result.sort_values("record_id").to_parquet(out / "did.parquet", compression="zstd", index=False)


def _polars(bench: Bench, out: Path) -> None:
    import polars as pl

    known = pl.scan_parquet(_file(bench, "person_map")).filter(pl.col("dataset") == "did")
    rows = (
        pl.scan_parquet(_months(bench))
        .select(COLUMNS)
        .filter(pl.col("modality").is_in(list(KINDS)))
        .join(known.select("tuple_id", "person_id"), on="tuple_id")
        .join(pl.scan_parquet(_file(bench, "opted_out")), on="person_id", how="anti")
        .join(pl.scan_parquet(_file(bench, "geography")).select("lsoa", "region"), on="lsoa", how="left")
        .collect()
    )
    people = rows["person_id"].unique()
    codes = pl.DataFrame({"person_id": people, "person": [_code("person", one) for one in people.to_list()]})
    result = (
        rows.lazy()
        .join(codes.lazy(), on="person_id")
        .with_columns(
            pl.col("record_key")
            .map_batches(
                lambda keys: pl.Series([_code("record", one) for one in keys.to_list()]), return_dtype=pl.Int64
            )
            .alias("record_id")
        )
    )
    result = result.select(
        "person", "record_id", pl.col("age_years") // 10,
        (pl.col("test_date") - pl.col("request_date")).dt.total_days().alias("days"),
        pl.col("test_date").dt.strftime("%Y-%m").alias("month"),
        pl.col("ethnic_category").str.slice(0, 1),
        "gender", "region", "modality", "snomed", "patient_source", "body_region", "provider",
    )  # fmt: skip
    result.sort("record_id").collect().write_parquet(out / "did.parquet", compression="zstd")


def _pyspark(bench: Bench, out: Path) -> None:
    from pyspark.sql import SparkSession
    from pyspark.sql import functions as f

    spark = (
        SparkSession.builder.master(f"local[{bench.threads}]")
        .config("spark.driver.memory", "4g")
        .config("spark.ui.enabled", "false")
        .config("spark.local.dir", str(bench.work))
        .config("spark.sql.shuffle.partitions", "16")
        .getOrCreate()
    )
    known = spark.read.parquet(_file(bench, "person_map")).filter("dataset = 'did'").select("tuple_id", "person_id")
    gone = spark.read.parquet(_file(bench, "opted_out"))
    places = spark.read.parquet(_file(bench, "geography")).select("lsoa", "region")
    rows = (
        spark.read.parquet(*_months(bench))
        .select(*COLUMNS)
        .filter(f.col("modality").isin(*KINDS))
        .join(known, "tuple_id")
        .join(gone, "person_id", "left_anti")
        .join(f.broadcast(places), "lsoa", "left")
    )

    def code(name: str):
        return f.substring(f.sha2(f.concat(f.lit(SECRET.hex()), f.col(name).cast("string")), 256), 1, 16)

    result = rows.select(
        code("person_id").alias("person"),
        code("record_key").alias("record_id"),
        f.floor(f.col("age_years") / 10).alias("age"),
        f.datediff("test_date", "request_date").alias("days"),
        f.date_format("test_date", "yyyy-MM").alias("month"),
        f.substring("ethnic_category", 1, 1).alias("ethnicity"),
        *("gender", "region", "modality", "snomed", "patient_source", "body_region", "provider"),
    )
    result.sort("record_id").write.parquet(str(out / "did"), compression="zstd")


def _loop(bench: Bench, out: Path) -> None:
    known = {row["tuple_id"]: row["person_id"] for row in _each(_file(bench, "person_map")) if row["dataset"] == "did"}
    gone = {row["person_id"] for row in _each(_file(bench, "opted_out"))}
    regions = {row["lsoa"]: row["region"] for row in _each(_file(bench, "geography"))}
    found: list[tuple] = []
    for file in _months(bench):
        for row in _each(file, COLUMNS):
            person = known.get(row["tuple_id"])
            if row["modality"] not in KINDS or person is None or person in gone:
                continue
            found.append(
                (
                    _code("record", row["record_key"]),
                    _code("person", person),
                    row["age_years"] // 10,
                    (row["test_date"] - row["request_date"]).days,
                    row["test_date"].strftime("%Y-%m"),
                    (row["ethnic_category"] or "")[:1],
                    regions.get(row["lsoa"]),
                    *(row[name] for name in ("gender", "modality", "snomed", "patient_source", "body_region")),
                    row["provider"],
                )
            )
    found.sort()
    columns = [pa.array(column) for column in zip(*found, strict=True)]
    names = [f"column_{place}" for place in range(len(columns))]
    pq.write_table(pa.table(columns, names=names), out / "did.parquet", compression="zstd")


def _each(file: str, columns: list[str] | None = None):
    for batch in pq.ParquetFile(file).iter_batches(columns=columns):
        yield from batch.to_pylist()
